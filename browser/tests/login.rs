//! Signing in and out.

use plinth_browser::test;

#[tokio::test]
async fn a_person_signs_in_with_a_key_and_out_again() {
    test(async |_, page| {
        page.go("/").await?;
        assert_eq!(page.path().await?, "/dashboard");
        page.press(".account summary").await?;
        page.wait_for_text(".account .menu-note", "Signed in as Ada").await?;
        page.press("form[action='/logout'] button").await?;
        page.wait_for("input[name=key]").await?;
        page.go("/definitions").await?;
        page.wait_for("input[name=key]").await?;
        assert_eq!(page.count("header nav").await?, 0, "who is not signed in sees nothing");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_wrong_key_says_so_and_a_right_one_leads_to_where_one_wanted_to_go() {
    test(async |site, page| {
        page.press(".account summary").await?;
        page.press("form[action='/logout'] button").await?;
        page.go("/definitions").await?;
        page.fill("key", &format!("plinth_{}", "0".repeat(64))).await?;
        page.press("main form button").await?;
        page.wait_for_text("main", "There is no such key, or it was revoked, or it has expired.").await?;
        page.fill("key", &site.grace.key).await?;
        page.press("main form button").await?;
        page.wait_for("header nav").await?;
        assert_eq!(page.path().await?, "/definitions");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_link_signs_in_once() {
    test(async |site, page| {
        let link = site.link(&site.grace).await?;
        page.go(&link).await?;
        page.wait_for_text(".account-name", "Grace").await?;
        page.go(&link).await?;
        page.wait_for_text("main", "This link was used already, or its time is over.").await
    })
    .await;
}

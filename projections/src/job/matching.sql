from "Job"
where "tenantId" = $1
  and ($2::text is null or "type" = $2)
  and ($3::text is null or "status" = $3)
  and ($4::timestamp is null or "createdAt" < $4)
  and ($5::timestamp is null or "createdAt" >= $5)
  and ($6::text is null or strpos("error", $6) > 0)
  and ($7::timestamp is null or "updatedAt" < $7)
  and ($8::timestamp is null or "updatedAt" >= $8)

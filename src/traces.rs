//! Traces: spans that are told when they are over, within a trace that a caller began and records, and sent by OTLP over
//! HTTP. Which spans there are is not known here. Where nobody collects, nothing is done.

use std::{collections::HashMap, time::SystemTime};

use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{Span, SpanBuilder, SpanContext, Status, TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use plinth_events::envelope::header;

use crate::config::TraceConfig;

/// Where spans go, if they go anywhere.
#[derive(Clone, Default)]
pub struct Traces {
    collecting: Option<Collecting>,
}

#[derive(Clone)]
struct Collecting {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// To the collector of a configuration. Spans that it does not take in time are dropped: nobody waits for them.
    pub fn new(config: &TraceConfig) -> Result<Self, ExporterBuildError> {
        let Some(endpoint) = config.otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()) else {
            return Ok(Self::default());
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)))
            .with_resource(Resource::builder().with_service_name(config.service_name.clone()).build())
            .build();
        let tracer = provider.tracer("plinth");
        Ok(Self { collecting: Some(Collecting { provider, tracer }) })
    }

    /// The trace that a `traceparent` names, if its caller records it.
    pub fn within(&self, traceparent: Option<&str>) -> Option<Trace<'_>> {
        let Collecting { tracer, .. } = self.collecting.as_ref()?;
        let parent = span_context(traceparent?);
        parent.is_sampled().then(|| Trace { tracer, parent: Context::new().with_remote_span_context(parent) })
    }

    /// Sends what was not sent yet, and no more from then on.
    pub async fn finish(self) {
        let Some(Collecting { provider, .. }) = self.collecting else { return };
        match tokio::task::spawn_blocking(move || provider.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "the last traces were not sent"),
            Err(error) => tracing::warn!(error = %error, "the last traces were not sent"),
        }
    }
}

/// A trace that spans can be told of.
pub struct Trace<'a> {
    tracer: &'a SdkTracer,
    parent: Context,
}

impl Trace<'_> {
    /// Begins a span; what happens in it may name it as its own trace's place.
    pub fn begin(&self, span: SpanBuilder) -> BegunSpan {
        BegunSpan(span.start_with_context(self.tracer, &self.parent))
    }

    /// Tells of a span that is over.
    pub fn tell(&self, span: SpanBuilder, status: Status, ended_at: SystemTime) {
        let mut span = span.start_with_context(self.tracer, &self.parent);
        span.set_status(status);
        span.end_with_timestamp(ended_at);
    }
}

/// A span that is not over.
pub struct BegunSpan(opentelemetry_sdk::trace::Span);

impl BegunSpan {
    /// The `traceparent` of what happens in it.
    pub fn traceparent(&self) -> String {
        let context = self.0.span_context();
        format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags())
    }

    /// Tells of it, now that it is over.
    pub fn end(mut self, status: Status, attributes: Vec<KeyValue>) {
        self.0.set_status(status);
        self.0.set_attributes(attributes);
        self.0.end();
    }
}

/// The span that a `traceparent` names; an invalid one if it names none.
pub fn span_context(traceparent: &str) -> SpanContext {
    let carrier = HashMap::from([(header::TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    context.span().span_context().clone()
}

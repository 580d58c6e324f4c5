"""The bridge to the systems that know the citizens: records on their way in, webhooks on their way out."""

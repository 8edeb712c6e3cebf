namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>The server's counter before a COPY; only differences of it mean anything.</summary>
internal readonly record struct RowCount(long Value);

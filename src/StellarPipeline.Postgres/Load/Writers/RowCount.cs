namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>The server's counter before a COPY; only differences are meaningful.</summary>
internal readonly record struct RowCount(long Value);

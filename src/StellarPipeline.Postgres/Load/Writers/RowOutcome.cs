namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>What became of the rows of one batch; the numbers add up to its rows.</summary>
internal readonly record struct RowOutcome(long Inserted, long Updated = 0, long Deleted = 0, long Ignored = 0, long NotFound = 0);

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>What happened to the rows of one batch. The sum of the numbers is its row count.</summary>
internal readonly record struct RowOutcome(long Inserted, long Updated = 0, long Deleted = 0, long Ignored = 0, long NotFound = 0);

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>What the server says of one statement that wrote staged rows.</summary>
/// <param name="Staged">Rows in the staging table.</param>
/// <param name="Keys">Different keys among them; the statement may leave it to the rows that were written, where each key gives
/// one.</param>
/// <param name="Written">Rows that were inserted or updated.</param>
/// <param name="New">Those of them that are new; null where the statement cannot tell.</param>
/// <param name="Gone">Keys that were to be removed.</param>
/// <param name="Deleted">Rows that were removed.</param>
internal readonly record struct WriteAnswer(long Staged, long Keys, long Written, long? New, long Gone, long Deleted);

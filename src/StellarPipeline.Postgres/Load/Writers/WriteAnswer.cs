namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>The server's answer to one statement that wrote staged rows.</summary>
/// <param name="Staged">Rows in the staging table.</param>
/// <param name="Keys">Number of distinct keys among them. If every key writes one row, the statement may count the written rows
/// instead.</param>
/// <param name="Written">Rows that were inserted or updated.</param>
/// <param name="New">Number of new rows among them; null if the statement cannot tell.</param>
/// <param name="Gone">Number of keys to delete.</param>
/// <param name="Deleted">Number of deleted rows.</param>
internal readonly record struct WriteAnswer(long Staged, long Keys, long Written, long? New, long Gone, long Deleted);

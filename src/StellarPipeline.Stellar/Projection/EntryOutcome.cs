namespace StellarPipeline.Stellar.Projection;

/// <summary>What became of a ledger entry: a row of a table, or a skip on purpose with its reason.</summary>
/// <param name="Name">Table name for a written entry; the reason, in snake_case, for a skipped one.</param>
/// <param name="IsWritten">Whether the entry became a row.</param>
/// <param name="Explanation">One sentence for the report.</param>
public sealed record EntryOutcome(string Name, bool IsWritten, string Explanation);

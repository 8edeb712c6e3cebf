namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>What a load would do, if nothing refuses it.</summary>
/// <param name="Ledger">The checkpoint.</param>
/// <param name="Network">Its network.</param>
/// <param name="Archive">Where it would be read from.</param>
/// <param name="RestsOn">What the proof relies on.</param>
/// <param name="StoredBytes">Compressed bytes of the buckets that the entries come from.</param>
/// <param name="BytesToFetch">Bytes that are not in the cache yet; 0 for a folder.</param>
/// <param name="ExpectedRows">An estimate of the rows, from the size of the buckets.</param>
/// <param name="Server">Host, port, database and role.</param>
/// <param name="ForeignKeys">How the foreign keys would be kept; empty if the load creates the tables.</param>
/// <param name="Findings">Findings of the checks, in full sentences.</param>
public sealed record PopulateForecast(
    uint Ledger, string Network, string Archive, string RestsOn, long StoredBytes, long BytesToFetch, long ExpectedRows, string Server,
    string ForeignKeys, IReadOnlyList<string> Findings);

namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>
/// Lets expired contract entries leave at a ledger's end: temporary ones for good, persistent ones (protocol 23) into the archive.
/// </summary>
internal static class Eviction
{
    private const int EntriesPerLedger = 3;
    private const int LooksPerLedger = 60;

    /// <summary>Evicts a few entries.</summary>
    /// <returns>The encoded LedgerKeys, as the metadata lists them: entry, then time to live.</returns>
    public static List<byte[]> Run(LedgerWorld world, LedgerRules rules)
    {
        List<EntryState> expired = [];
        foreach (IReadOnlyList<string> keys in world.KeysOfKinds<ContractDataState>().Concat(world.KeysOfKinds<CodeState>()))
        {
            // A window that moves on with every ledger, as the network's scan does.
            for (int look = 0; look < Math.Min(LooksPerLedger, keys.Count); look++)
            {
                string key = keys[(int)(((world.Ledger * (uint)LooksPerLedger) + look) % keys.Count)];
                if (world.Find(key) is { } entry && (rules.HasStateArchive || entry is ContractDataState { Persistent: false })
                    && world.Find(TimeToLiveState.KeyOf(key)) is TimeToLiveState life && life.Until < world.Ledger)
                {
                    expired.Add(entry);
                }
            }
        }

        List<byte[]> evicted = [];
        foreach (EntryState entry in expired.Take(EntriesPerLedger))
        {
            evicted.Add(Convert.FromHexString(entry.Key));
            evicted.Add(Convert.FromHexString(TimeToLiveState.KeyOf(entry.Key)));
            world.Evict(entry);
        }

        return evicted;
    }
}

namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>
/// Evicts expired contract entries at the end of a ledger: temporary ones are deleted, persistent ones (protocol 23) are archived.
/// </summary>
internal static class Eviction
{
    private const int EntriesPerLedger = 3;
    private const int LooksPerLedger = 60;

    /// <summary>Evicts a few entries.</summary>
    /// <returns>The encoded LedgerKeys as in the metadata: for each entry its key, then that of its TTL entry.</returns>
    public static List<byte[]> Run(LedgerWorld world, LedgerRules rules)
    {
        List<EntryState> expired = [];
        foreach (IReadOnlyList<string> keys in world.KeysOfKinds<ContractDataState>().Concat(world.KeysOfKinds<CodeState>()))
        {
            // The scan continues at the next window in each ledger, like the network's eviction scan.
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

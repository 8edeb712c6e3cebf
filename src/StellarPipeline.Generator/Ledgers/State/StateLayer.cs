namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>Changes on top of a state that is not touched until <see cref="Commit"/>: of a ledger, a transaction or an operation.</summary>
/// <remarks>
/// Layers are stacked; a failed transaction or operation is a layer that nobody commits. What a layer changed is what the metadata tells.
/// </remarks>
internal sealed class StateLayer(LedgerWorld world, StateLayer? below)
{
    private readonly Dictionary<string, EntryState?> entries = [];
    private readonly List<string> order = [];
    private readonly Dictionary<string, EntryState> restored = [];

    public LedgerWorld World => world;

    /// <summary>The layer's changes in the order of their first touch.</summary>
    public IEnumerable<EntryDelta> Deltas =>
        order.Select(key => new EntryDelta(key, Below(key), restored.GetValueOrDefault(key), entries[key]))
            .Where(static delta => !delta.IsNothing);

    public StateLayer Above() => new(world, this);

    public EntryState? Find(string key) => entries.TryGetValue(key, out EntryState? entry) ? entry : Below(key);

    public T? Find<T>(string key)
        where T : EntryState => Find(key) as T;

    public AccountState? Account(byte[] id) => Find<AccountState>(AccountState.KeyOf(id));

    public void Put(EntryState entry)
    {
        Set(entry.Key, entry with { Modified = world.Ledger });
        world.Remember(entry);
    }

    public void Remove(EntryState entry) => Set(entry.Key, null);

    /// <summary>
    /// Brings an archived entry back to life. One that was not evicted yet is the same as before: only its time to live is written.
    /// </summary>
    public void Restore(EntryState entry)
    {
        if (ReferenceEquals(Find(entry.Key), entry)) Set(entry.Key, entry);
        else Put(entry);
        restored[entry.Key] = entries[entry.Key]!;
    }

    /// <summary>Tells the state below, or the world, what changed here.</summary>
    public void Commit()
    {
        foreach (string key in order)
        {
            if (below is not null) below.Set(key, entries[key]);
            else world.Apply(key, entries[key]);
        }

        foreach ((string key, EntryState entry) in restored)
        {
            if (below is not null) below.restored.TryAdd(key, entry);
            else world.Unarchive(key);
        }
    }

    /// <summary>A random entry of a kind that passes a test, or null after a few misses.</summary>
    public T? Pick<T>(Dice dice, Func<T, bool>? passes = null)
        where T : EntryState
    {
        IReadOnlyList<string> keys = world.Keys<T>();
        for (int attempt = 0; attempt < 16 && keys.Count > 0; attempt++)
        {
            if (Find(dice.Of(keys)) is T entry && (passes is null || passes(entry))) return entry;
        }

        return null;
    }

    private EntryState? Below(string key) => below is not null ? below.Find(key) : world.Find(key);

    private void Set(string key, EntryState? entry)
    {
        if (!entries.ContainsKey(key)) order.Add(key);
        entries[key] = entry;
    }
}

/// <summary>What a layer did to one entry.</summary>
/// <param name="Key">Hex of the entry's LedgerKey.</param>
/// <param name="Before">The entry before, null where there was none.</param>
/// <param name="Restored">The entry as it came back from the archive, null where it did not.</param>
/// <param name="After">The entry after, null where there is none.</param>
internal readonly record struct EntryDelta(string Key, EntryState? Before, EntryState? Restored, EntryState? After)
{
    public bool IsNothing => Before is null && After is null && Restored is null;
}

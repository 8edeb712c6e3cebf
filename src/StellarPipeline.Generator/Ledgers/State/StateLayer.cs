namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>Changes of a ledger, a transaction or an operation; the state below is unchanged until <see cref="Commit"/>.</summary>
/// <remarks>
/// Layers are stacked; the layer of a failed transaction or operation is never committed. The layer's changes become the metadata.
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
    /// Restores an archived entry. If it is expired but not evicted, it stays unchanged, and only its TTL entry is written.
    /// </summary>
    public void Restore(EntryState entry)
    {
        if (ReferenceEquals(Find(entry.Key), entry)) Set(entry.Key, entry);
        else Put(entry);
        restored[entry.Key] = entries[entry.Key]!;
    }

    /// <summary>Applies the changes to the layer below, or to the world.</summary>
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

    /// <summary>A random entry of a kind that passes a test, or null after some failed attempts.</summary>
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

/// <summary>A layer's change of one entry.</summary>
/// <param name="Key">The entry's LedgerKey in hex.</param>
/// <param name="Before">The entry before the change; null if there was none.</param>
/// <param name="Restored">The entry as restored from the archive; null if it was not restored.</param>
/// <param name="After">The entry after the change; null if there is none.</param>
internal readonly record struct EntryDelta(string Key, EntryState? Before, EntryState? Restored, EntryState? After)
{
    public bool IsNothing => Before is null && After is null && Restored is null;
}

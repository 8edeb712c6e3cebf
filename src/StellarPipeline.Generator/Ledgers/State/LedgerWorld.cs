namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>
/// The simulated network's state between two ledgers: live entries, archived entries, assets, and indexes for random choices.
/// </summary>
/// <remarks>
/// Only layers change it, see <see cref="StateLayer"/>. <see cref="Live"/> and <see cref="Archived"/> have everything that is in a
/// checkpoint.
/// </remarks>
internal sealed class LedgerWorld(byte[] networkId)
{
    private readonly Dictionary<string, EntryState> live = [];
    private readonly Dictionary<string, EntryState> archived = [];
    private readonly Dictionary<Type, KeyList> keys = [];

    public byte[] NetworkId => networkId;

    /// <summary>The current ledger.</summary>
    public uint Ledger { get; set; }

    public long BaseReserve { get; set; } = 5_000_000;

    public long FeePool { get; set; }

    /// <summary>The last assigned offer id.</summary>
    public long IdPool { get; set; }

    public NetworkAsset Native { get; } = NetworkAsset.Native(networkId);

    /// <summary>Credit assets.</summary>
    public List<NetworkAsset> Assets { get; } = [];

    /// <summary>
    /// Ids of contracts with code. May include contracts of failed transactions: calls of contracts that do not exist are allowed too.
    /// </summary>
    public List<byte[]> Contracts { get; } = [];

    /// <summary>Ids of merged accounts. May include accounts whose merge failed with its transaction.</summary>
    public List<byte[]> Merged { get; } = [];

    /// <summary>Removed trustlines to credit assets. May include trustlines whose removal failed with its transaction.</summary>
    public List<(byte[] Account, NetworkAsset Asset)> RemovedLines { get; } = [];

    public IReadOnlyCollection<EntryState> Live => live.Values;

    public IReadOnlyCollection<EntryState> Archived => archived.Values;

    public EntryState? Find(string key) => live.GetValueOrDefault(key);

    public EntryState? FindArchived(string key) => archived.GetValueOrDefault(key);

    /// <summary>The asset of a trustline, null for pool shares.</summary>
    public NetworkAsset? AssetOf(ReadOnlySpan<byte> xdr)
    {
        if (xdr is [0, 0, 0, 0]) return Native;
        foreach (NetworkAsset asset in Assets)
            if (xdr.SequenceEqual(asset.Xdr)) return asset;
        return null;
    }

    /// <summary>Keys of all written entries of a kind; some of the entries may no longer exist.</summary>
    public IReadOnlyList<string> Keys<T>()
        where T : EntryState => keys.TryGetValue(typeof(T), out KeyList? list) ? list.Keys : [];

    /// <summary>The same for all kinds derived from a type, one list per kind.</summary>
    public IEnumerable<IReadOnlyList<string>> KeysOfKinds<T>()
        where T : EntryState =>
        keys.Where(static kind => kind.Key.IsAssignableTo(typeof(T))).Select(static kind => kind.Value.Keys);

    /// <summary>The entries that the current ledger touched, for bucket lists; null if there are none.</summary>
    public StateJournal? Journal { get; set; }

    public StateLayer Open() => new(this, null);

    public void Remember(EntryState entry)
    {
        if (!keys.TryGetValue(entry.GetType(), out KeyList? list)) keys.Add(entry.GetType(), list = new KeyList());
        list.Add(entry.Key);
    }

    public void Apply(string key, EntryState? entry)
    {
        Journal?.NoteLive(key, Find(key));
        if (entry is not null)
        {
            live[key] = entry;
            return;
        }

        if (live.Remove(key, out EntryState? gone) && keys.TryGetValue(gone.GetType(), out KeyList? list)) list.Remove(key);
    }

    /// <summary>Removes an entry and its TTL entry from the live state; a persistent entry moves to the archive.</summary>
    public void Evict(EntryState entry)
    {
        Apply(entry.Key, null);
        Apply(TimeToLiveState.KeyOf(entry.Key), null);
        if (entry is ContractDataState { Persistent: false }) return;
        archived[entry.Key] = entry;
        Journal?.NoteArchive(entry.Key);
    }

    public void Unarchive(string key)
    {
        if (archived.Remove(key)) Journal?.NoteArchive(key);
    }

    /// <summary>Keys with random access and removal in constant time.</summary>
    private sealed class KeyList
    {
        private readonly Dictionary<string, int> places = [];
        private readonly List<string> list = [];

        public IReadOnlyList<string> Keys => this.list;

        public void Add(string key)
        {
            if (places.TryAdd(key, this.list.Count)) this.list.Add(key);
        }

        public void Remove(string key)
        {
            if (!places.Remove(key, out int place)) return;
            string last = this.list[^1];
            this.list.RemoveAt(this.list.Count - 1);
            if (place == this.list.Count) return;
            this.list[place] = last;
            places[last] = place;
        }
    }
}

namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>Which entries a ledger touched, with what they were before it.</summary>
internal sealed class StateJournal
{
    private readonly Dictionary<string, EntryState?> _live = [];
    private readonly HashSet<string> _archive = [];

    /// <summary>Live entries that were written or removed, as they were before the ledger; null where there was none.</summary>
    public IReadOnlyDictionary<string, EntryState?> Live => _live;

    /// <summary>Keys that went into the archive or came out of it.</summary>
    public IReadOnlyCollection<string> Archive => _archive;

    public void NoteLive(string key, EntryState? before) => _live.TryAdd(key, before);

    public void NoteArchive(string key) => _archive.Add(key);

    /// <summary>Begins the next ledger.</summary>
    public void Clear()
    {
        _live.Clear();
        _archive.Clear();
    }
}

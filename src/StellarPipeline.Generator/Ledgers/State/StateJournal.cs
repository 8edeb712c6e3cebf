namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>Which entries a ledger touched, with what they were before it.</summary>
internal sealed class StateJournal
{
    private readonly Dictionary<string, EntryState?> live = [];
    private readonly HashSet<string> archive = [];

    /// <summary>Live entries that were written or removed, as they were before the ledger; null where there was none.</summary>
    public IReadOnlyDictionary<string, EntryState?> Live => live;

    /// <summary>Keys that went into the archive or came out of it.</summary>
    public IReadOnlyCollection<string> Archive => archive;

    public void NoteLive(string key, EntryState? before) => live.TryAdd(key, before);

    public void NoteArchive(string key) => archive.Add(key);

    /// <summary>Begins the next ledger.</summary>
    public void Clear()
    {
        live.Clear();
        archive.Clear();
    }
}

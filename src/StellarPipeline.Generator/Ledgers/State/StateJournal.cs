namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>The entries that a ledger touched, with their previous values.</summary>
internal sealed class StateJournal
{
    private readonly Dictionary<string, EntryState?> live = [];
    private readonly HashSet<string> archive = [];

    /// <summary>By key, the values before the ledger of live entries that were written or removed; null if there was none.</summary>
    public IReadOnlyDictionary<string, EntryState?> Live => live;

    /// <summary>Keys of entries that were archived or restored.</summary>
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

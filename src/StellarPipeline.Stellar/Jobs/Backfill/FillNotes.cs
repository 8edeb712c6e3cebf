namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Notes how the rows of a run come into the tables. Thread-safe.</summary>
internal sealed class FillNotes
{
    private readonly Lock gate = new();
    private BesideChoice? choice;
    private string? refusal;
    private int batches;
    private long ledgers;

    /// <summary>Notes what was decided for the run.</summary>
    public void Choose(BesideChoice decided)
    {
        lock (gate) choice = decided;
    }

    /// <summary>Notes a batch that was filled beside the tables and committed.</summary>
    public void Count(LedgerSpan span)
    {
        lock (gate)
        {
            batches++;
            ledgers += span.Count;
        }
    }

    /// <summary>Notes why a batch that was to be filled beside the tables was not; the last one is told.</summary>
    public void Refuse(string reason)
    {
        lock (gate) refusal = reason;
    }

    /// <summary>What is to be told; null where nothing was decided, since there was nothing to load.</summary>
    public BackfillReport.FillSection? ToSection()
    {
        lock (gate)
        {
            if (choice is null) return null;
            string sentence = BackfillReport.FillSection.Tell(choice, refusal);
            return new BackfillReport.FillSection(WayOf(choice.Kind), sentence, batches, ledgers);
        }
    }

    /// <summary>The way as a word.</summary>
    public static string WayOf(BesideKind kind) => kind switch
    {
        BesideKind.Swap => "swap",
        BesideKind.Partition => "partition",
        BesideKind.Chunk => "chunk",
        _ => "in_place",
    };
}

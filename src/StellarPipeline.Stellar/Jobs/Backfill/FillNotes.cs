namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Records how the rows of a run are written. Thread-safe.</summary>
internal sealed class FillNotes
{
    private const string Unused =
        " No batch of this run was: where a chunk or partition exists already, or the number of ledgers does not suit it, rows are written "
            + "into it directly.";

    private readonly Lock gate = new();
    private BesideChoice? choice;
    private string? refusal;
    private int batches;
    private long ledgers;

    /// <summary>Records the choice for the run.</summary>
    public void Choose(BesideChoice decided)
    {
        lock (gate) choice = decided;
    }

    /// <summary>Counts a committed batch that was filled in separate tables.</summary>
    public void Count(LedgerSpan span)
    {
        lock (gate)
        {
            batches++;
            ledgers += span.Count;
        }
    }

    /// <summary>Records why a batch was written in place after all; only the last reason is kept.</summary>
    public void Refuse(string reason)
    {
        lock (gate) refusal = reason;
    }

    /// <summary>The section of the report; null if there was nothing to load, and so no choice.</summary>
    public BackfillReport.FillSection? ToSection()
    {
        lock (gate)
        {
            if (choice is null) return null;
            string sentence = BackfillReport.FillSection.Tell(choice, refusal);
            if (refusal is null && ledgers == 0 && choice.Kind is (BesideKind.Chunk or BesideKind.Partition)) sentence += Unused;
            return new BackfillReport.FillSection(WayOf(choice.Kind), sentence, batches, ledgers);
        }
    }

    /// <summary>The name of a way in the report.</summary>
    public static string WayOf(BesideKind kind) => kind switch
    {
        BesideKind.Swap => "swap",
        BesideKind.Partition => "partition",
        BesideKind.Chunk => "chunk",
        _ => "in_place",
    };
}

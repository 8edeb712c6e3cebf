using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output;

/// <summary>One line on standard error that tells where the load is. Only where a person looks: not with --quiet, not into a file.</summary>
internal sealed class ProgressLine(bool quiet) : IProgress<PopulateProgress>, IProgress<BackfillProgress>, IDisposable
{
    private readonly bool isShown = !quiet && !Console.IsErrorRedirected;
    private readonly Lock gate = new();
    private int width;
    private bool isClosed;

    public void Report(PopulateProgress value)
    {
        if (!isShown) return;
        double seconds = Math.Max(value.Elapsed.TotalSeconds, 0.001);
        string text = FormattableString.Invariant($"{value.Phase}: {value.Entries:N0} entries, {value.RowsCopied:N0} rows copied ({value.RowsCopied / seconds:N0}/s), {value.RawBytes / 1048576.0:N0} MiB, {seconds:N0} s");
        Write(text);
    }

    public void Report(BackfillProgress value)
    {
        if (!isShown) return;
        double seconds = Math.Max(value.Elapsed.TotalSeconds, 0.001);
        string all = value.LedgersToLoad is { } ledgers ? FormattableString.Invariant($" of {ledgers:N0}") : "";
        string rest = value.Remaining is { } remaining ? FormattableString.Invariant($", {remaining.TotalSeconds:N0} s left") : "";
        Write(FormattableString.Invariant(
            $"{value.LedgersCommitted:N0}{all} ledgers committed, {value.LedgersRead:N0} read ({value.LedgersCommitted / seconds:N0}/s), {value.RowsCommitted:N0} rows ({value.RowsCommitted / seconds:N0}/s), {seconds:N0} s{rest}"));
    }

    public void Dispose()
    {
        if (!isShown) return;
        Write("");
        lock (gate)
        {
            isClosed = true;
            Console.Error.Write('\r');
        }
    }

    private void Write(string text)
    {
        lock (gate)
        {
            // A report of the timer may come after the end.
            if (isClosed) return;
            Console.Error.Write('\r' + text.PadRight(width));
            width = text.Length;
        }
    }
}

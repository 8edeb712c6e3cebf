using Spectre.Console;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>
/// Shows the progress of a job on standard error, in the mode that the user chose. Every job that reports <see cref="JobProgress"/> can use
/// it.
/// </summary>
internal sealed class ProgressDisplay : IProgress<JobProgress>, IProgress<PopulateProgress>, IProgress<BackfillProgress>, IDisposable
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private readonly ProgressMode mode;
    private readonly Lock gate = new();
    private readonly ProgressRates rates = new();
    private readonly IAnsiConsole? console;
    private TimeSpan? lastPlain;
    private string lastPhase = "";
    private bool isClosed;

    private ProgressDisplay(ProgressMode mode)
    {
        this.mode = mode;
        if (mode != ProgressMode.Live) return;
        bool hasColor = LogSettings.Current.HasColor;
        console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = hasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(TextWriter.Null),
        });

        // Lines are already cut to the terminal's width and must not be wrapped again.
        console.Profile.Width = 1000;
    }

    /// <summary>Called with every sample, whatever is shown: for the dashboard and the curves of the report.</summary>
    public Action<ProgressRates, string>? Seen { get; init; }

    /// <summary>Starts the display.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="quiet">True to show nothing.</param>
    /// <param name="seen">Called with every sample; may be null.</param>
    public static ProgressDisplay Start(ProgressMode mode, bool quiet, Action<ProgressRates, string>? seen = null) =>
        new(Choose(mode, quiet)) { Seen = seen };

    /// <inheritdoc/>
    public void Report(PopulateProgress value)
    {
        if (value.Job is { } job) Report(job);
    }

    /// <inheritdoc/>
    public void Report(BackfillProgress value)
    {
        // Ledgers that were read, not committed ones: a batch that fills separate tables may have all ledgers. Reading waits for the
        // server. Batches that are tried again are read again.
        long all = value.LedgersToLoad ?? 0;
        Report(new JobProgress
        {
            Job = "backfill",
            Phase = "load",
            Elapsed = value.Elapsed,
            PhaseElapsed = value.Elapsed,
            Done = Math.Max(value.LedgersCommitted, Math.Min(value.LedgersRead, all)),
            Total = all,
            Unit = "ledgers",
            Entries = value.LedgersRead,
            Rows = value.RowsCommitted,
        });
    }

    /// <inheritdoc/>
    public void Report(JobProgress value)
    {
        lock (gate)
        {
            // The timer may fire once after the end.
            if (isClosed) return;
            try
            {
                Show(value);
            }
            // An error on a timer's thread would end the process, but the display must never stop the work.
#pragma warning disable CA1031 // Every error ends the display only.
            catch (Exception error)
#pragma warning restore CA1031
            {
                isClosed = true;
                Console.Error.WriteLine(
                    $"Warning: Progress can no longer be shown ({error.GetType().Name}: {error.Message}). The work continues.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            if (isClosed) return;
            isClosed = true;
            if (mode == ProgressMode.Live) LiveRegion.Current?.Draw([], []);
        }
    }

    private void Show(JobProgress value)
    {
        rates.Add(value);
        string sentence = BoundSentence.Of(rates, LogEvents.Instance.Recent, DateTimeOffset.UtcNow);
        Seen?.Invoke(rates, sentence);
        switch (mode)
        {
            case ProgressMode.Live:
                IReadOnlyList<MarkupLine> lines = LiveFrame.Render(rates, sentence, Terminal.Columns, Terminal.Rows);
                LiveRegion.Current?.Draw([.. lines.Select(line => line.Render(console!))], [.. lines.Select(line => line.Width)]);
                break;
            case ProgressMode.Plain
                when lastPlain is not { } last || value.Phase != lastPhase || value.Elapsed < last || value.Elapsed - last >= PlainInterval:
                lastPlain = value.Elapsed;
                lastPhase = value.Phase;
                Console.Error.WriteLine(ProgressText.Line(rates, sentence));
                break;
            case ProgressMode.Json:
                Console.Error.WriteLine(ProgressJson.Line(rates, sentence));
                break;
            default:
                break;
        }
    }

    private static ProgressMode Choose(ProgressMode mode, bool quiet)
    {
        if (quiet) return ProgressMode.None;
        return mode switch
        {
            ProgressMode.Auto => LiveRegion.Current is null ? ProgressMode.Plain : ProgressMode.Live,
            ProgressMode.Live when LiveRegion.Current is null => ProgressMode.Plain,
            _ => mode,
        };
    }
}

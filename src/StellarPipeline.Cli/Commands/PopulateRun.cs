using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Dashboard;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Commands;

/// <summary>One run of the main job with its output for people: progress, summary, reports.</summary>
internal sealed class PopulateRun
{
    // Six million rows in ten seconds: perf/NUMBERS.md.
    private const long MeasuredRowsPerSecond = 600_000;

    private readonly CurveRecorder curve = new();

    /// <summary>The archive.</summary>
    public required OpenedArchive Archive { get; init; }

    /// <summary>The database; null for the private server.</summary>
    public string? Database { get; init; }

    /// <summary>The private server's folder; null for the default one.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>The schema of the tables; null to take the first existing one of the search path.</summary>
    public string? Schema { get; init; }

    /// <summary>How the checkpoint is loaded.</summary>
    public required PopulateOptions Options { get; init; }

    /// <summary>How often the load is attempted.</summary>
    public required LoadAttemptOptions Attempts { get; init; }

    /// <summary>Where the report goes.</summary>
    public required ReportFiles Reports { get; init; }

    /// <summary>How progress is shown.</summary>
    public required ProgressMode Progress { get; init; }

    /// <summary>Whether only errors are printed.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Whether the database is used again after the load.</summary>
    public bool KeepsServer { get; init; }

    /// <summary>Makes the loggers.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The dashboard that shows the run; null for none.</summary>
    public DashboardHost? Dashboard { get; set; }

    /// <summary>Makes all checks of the load without loading.</summary>
    /// <returns>The exit code; if the load would be refused, that of the refusal.</returns>
    public async Task<int> CheckAsync(CancellationToken cancellationToken)
    {
        // A dry run does not create the private server.
        await using TargetDatabase target =
            await TargetDatabase.OpenAsync(Database, DataDirectory, Schema, Loggers, cancellationToken, mustExist: true);
        PopulateForecast forecast = await ReportedAsync(
            () => new CheckpointPopulation(Archive.Archive, target.DataSource, Options, Loggers).CheckAsync(cancellationToken));
        (string Label, string Text)[] lines =
        [
            ("Checkpoint", FormattableString.Invariant($"ledger {forecast.Ledger:N0} of {forecast.Network}")),
            ("Archive", forecast.Archive), ("Rests on", forecast.RestsOn), ("Database", forecast.Server),
            ("To read",
                $"{ProgressText.Bytes(forecast.StoredBytes)} of buckets, {ProgressText.Bytes(forecast.BytesToFetch)} of them to fetch "
                    + $"first"),
            ("Rows", FormattableString.Invariant($"about {forecast.ExpectedRows:N0}")),
            ("Time",
                FormattableString.Invariant($"about {Math.Max(1, forecast.ExpectedRows / MeasuredRowsPerSecond):N0} s for the rows ")
                    + "with two cores for the program and the server"
                    + (forecast.BytesToFetch > 0 ? ", plus the download" : "")),
            ("Foreign keys", forecast.ForeignKeys.Length == 0 ? "decided when the tables exist" : forecast.ForeignKeys),
            .. forecast.Findings.Select(finding => ("Found", OptionNames.In(finding))),
        ];
        foreach ((string label, string text) in lines) ReportPrinter.Write(Console.Out, label, text);
        Console.WriteLine("This load can run. Nothing was changed.");
        Reports.TellNoneOfDryRun();
        return ExitCode.Done;
    }

    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using TargetDatabase target = await OpenAsync(cancellationToken);
        return await RunAsync(target, cancellationToken);
    }

    /// <summary>The report of the load; null before its end.</summary>
    public PopulateReport? Report { get; private set; }

    /// <summary>Runs the load on a database that is already open.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(TargetDatabase target, CancellationToken cancellationToken)
    {
        PopulateReport report = await ReportedAsync(() => LoadAsync(target, cancellationToken));
        Outcome.Commit();
        report = report with
        {
            Program = Product.Version,
            Curve = curve.Points,
            Remarks = [.. report.Remarks.Select(OptionNames.In), .. RetryRemarks.Of(LogEvents.Instance)],
        };
        Report = report;
        Dashboard?.Finish(report);
        await Reports.WriteAsync(report);
        if (IsQuiet)
        {
            // Even with --quiet, the operator must learn that work of others was not done.
            foreach (string remark in report.Warnings) await Console.Error.WriteLineAsync(remark);
            return ExitCode.Done;
        }

        TextWriter writer = Reports.TakesStandardOutput ? Console.Error : Console.Out;
        ReportPrinter.Print(report, writer);
        if (target.Server is not null && !KeepsServer) TargetDatabase.PrintWhereRowsAre(DataDirectory, writer);
        return ExitCode.Done;
    }

    private Task<TargetDatabase> OpenAsync(CancellationToken cancellationToken) => ReportedAsync(() =>
        new LoadAttempts(Attempts, Loggers).RunAsync(
            (_, token) => TargetDatabase.OpenAsync(Database, DataDirectory, Schema, Loggers, token), cancellationToken));

    private async Task<PopulateReport> LoadAsync(TargetDatabase target, CancellationToken cancellationToken)
    {
        if (Dashboard is not null) Dashboard.Curve = curve;
        using var display = ProgressDisplay.Start(Progress, IsQuiet, (rates, sentence) =>
        {
            curve.Add(rates);
            Dashboard?.Show(rates, sentence);
        });

        // Outside the attempts: a wrong copy is detected only after its last byte.
        PopulateOptions options = Options with
        {
            CommitWatch = Interruption.Commits,
            ProgramVersion = Product.Version,
            Planned = plan => Dashboard?.Show(plan),
        };
        return await Archive.ReadAsync(
            () => new LoadAttempts(Attempts, Loggers).RunAsync(
                _ => new CheckpointPopulation(Archive.Archive, target.DataSource, options, Loggers), display, cancellationToken),
            Loggers.CreateLogger<HistoryArchive>(),
            cancellationToken);
    }

    private Task<T> ReportedAsync<T>(Func<Task<T>> work) => new FailureReports(Reports)
    {
        Sources = [Archive.Archive.Transport.Location],
        Database = Database,
        Phase = () => curve.Phase,
        Failed = (outcome, error) => Dashboard?.Fail(outcome, error),
    }.RunAsync(work);
}

using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Prometheus;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Cli.Serving;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output.Dashboard;

/// <summary>
/// The page of <c>--dashboard</c>, served while a job runs: the page itself, its stream of looks, <c>/metrics</c>, <c>/healthz</c> and
/// <c>/report.json</c>.
/// </summary>
/// <remarks>
/// It listens on the loopback address unless another one is named, knows no secret, takes no command, and needs nothing from elsewhere.
/// </remarks>
internal sealed class DashboardHost : IAsyncDisposable
{
    private const string UsualAddress = "127.0.0.1:8480";
    private const int ShownEvents = 20;

    // A first load applies some twenty migrations within a second, which would hide what happened before.
    private const int AppliedMigration = 4100;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(10);
    private const int MostWaits = 100;

    private readonly WebApplication application;
    private readonly IDisposable metrics;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string look = "{}";
    private volatile string? plan;
    private volatile string? end;
    private volatile PopulateReport? report;
    private int readers;

    private DashboardHost(WebApplication application)
    {
        this.application = application;
        metrics = MeterAdapter.StartListening();
        application.MapGet("/", () => Results.Content(DashboardPage.Html, "text/html; charset=utf-8"));
        application.MapGet("/healthz", () => Results.Text("ok\n"));
        application.MapGet(
            "/report.json",
            () =>
                report is { } done
                    ? Results.Bytes(done.ToJson(), "application/json")
                    : Results.Json(new { outcome = "running" }, statusCode: StatusCodes.Status404NotFound));
        application.MapGet("/metrics", MetricsHost.WriteMetricsAsync);
        application.MapGet("/events", StreamAsync);
    }

    /// <summary>Where it listens.</summary>
    public string Url => application.Urls.First();

    /// <summary>The option.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--dashboard")
        {
            Description =
                $"Serve a page that shows the load while it runs, and /metrics for Prometheus. Without a value on {UsualAddress}; port 0 "
                    + $"takes a free one. It has no log-in: name another address than the loopback only where you trust the network.",
            HelpName = "address:port",
            Arity = ArgumentArity.ZeroOrOne,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !IPEndPoint.TryParse(result.Tokens[0].Value, out _))
                result.AddError($"--dashboard {result.Tokens[0].Value}: give an address and a port, such as {UsualAddress} or [::1]:8480.");
        });
        return option;
    }

    /// <summary>Begins to serve.</summary>
    /// <param name="parsed">What the user typed.</param>
    /// <param name="option">The option.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>Null where no dashboard is wanted.</returns>
    /// <exception cref="CommandLineException">The address cannot be used (kind usage).</exception>
    public static async Task<DashboardHost?> StartAsync(ParseResult parsed, Option<string?> option, CancellationToken cancellationToken)
    {
        if (parsed.GetResult(option) is not { Implicit: false }) return null;
        string address = parsed.GetValue(option) ?? UsualAddress;
        WebApplicationBuilder builder =
            WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Configuration.Sources.Clear();
        WebApplication application = builder.Build();
        application.Urls.Add($"http://{address}");
        var host = new DashboardHost(application);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            await host.DisposeAsync();
            throw new CommandLineException(FailureKind.Usage,
                $"--dashboard: {address} cannot be listened on: {error.Message} Nothing was done. Name another port, or 0 for a free one.");
        }

        await Console.Error.WriteLineAsync($"Dashboard: {host.Url}");
        return host;
    }

    /// <summary>The curve of the report, which a page that is opened late begins with; null for none.</summary>
    public CurveRecorder? Curve { get; set; }

    /// <summary>Takes a look.</summary>
    public void Show(ProgressRates rates, string sentence)
    {
        JsonObject next = JsonNode.Parse(ProgressJson.Line(rates, sentence))!.AsObject();
        next["memory"] = Environment.WorkingSet;
        next["events"] = Events();
        look = next.ToJsonString();
    }

    /// <summary>Takes the plan of the load.</summary>
    public void Show(LoadPlan made)
    {
        if (made.ForeignKeys is not { } keys) return;
        plan = JsonNode.Parse(ForeignKeyPlanJson.Render(keys, made.Preflight.LockText, made.Preflight.Findings))!.ToJsonString();
    }

    /// <summary>Shows the end of the load.</summary>
    public void Finish(PopulateReport done)
    {
        report = done;
        End("done", new JsonObject
        {
            ["rows"] = done.Tables.Sum(table => table.Rows),
            ["seconds"] = done.Seconds,
            ["rows_per_second"] = done.RowsPerSecond,
            ["bound_by"] = done.Bottleneck.Sentence,
            ["foreign_keys"] = done.ForeignKeys.Strategy,
            ["tables"] = new JsonObject(done.Tables.Where(table => table.Rows > 0).Select(
                table => KeyValuePair.Create(table.Name, (JsonNode?)table.Rows))),
            ["stages"] = new JsonArray([.. done.Stages.Select(Share)]),
            ["events"] = Events(),
        });
    }

    /// <summary>Shows that there is no load.</summary>
    /// <param name="outcome">How it ended, as in the report.</param>
    /// <param name="error">Why.</param>
    public void Fail(string outcome, string error) => End("failed", new JsonObject { ["outcome"] = outcome, ["error"] = error });

    /// <summary>Goes on serving until the user interrupts.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        await Console.Error.WriteLineAsync($"The dashboard stays at {Url}. Press Ctrl+C to end it.");
        var interrupted = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = cancellationToken.Register(interrupted.SetResult);
        await interrupted.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Whoever looks sees the end; who does not take it at once is not waited for.
        for (int waits = 0; end is not null && Volatile.Read(ref readers) > 0 && waits < MostWaits; waits++) await Task.Delay(Wait);
        await stop.CancelAsync();
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await application.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A reader that does not let go keeps nobody.
        }

        await application.DisposeAsync();
        metrics.Dispose();
        stop.Dispose();
    }

    /// <summary>How a stage spent the whole time of the load phase.</summary>
    private static JsonNode Share(PopulateReport.StageRow stage)
    {
        double all = Math.Max(stage.BusySeconds + stage.WaitingInputSeconds + stage.WaitingOutputSeconds, 0.001);
        return new JsonObject
        {
            ["name"] = stage.Name,
            ["busy"] = stage.BusySeconds / all,
            ["waits_for_input"] = stage.WaitingInputSeconds / all,
            ["waits_for_output"] = stage.WaitingOutputSeconds / all,
        };
    }

    private static JsonArray Events() =>
        [.. LogEvents.Instance.Recent.Where(seen => seen.Id != AppliedMigration).TakeLast(ShownEvents).Select(
            seen => (JsonNode)new JsonObject
            {
                ["time"] = seen.Time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
                ["level"] = seen.Level.ToString().ToLowerInvariant(),
                ["id"] = seen.Id,
                ["text"] = seen.Text,
            })];

    private void End(string name, JsonObject data)
    {
        end = $"event: {name}\ndata: {data.ToJsonString()}\n\n";
        ended.TrySetResult();
    }

    /// <summary>
    /// Server-sent events: first the curve of the time before and the plan, then a look a second while there is a new one, and the end.
    /// </summary>
    private async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stop.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        string? sent = null, sentPlan = null;
        Interlocked.Increment(ref readers);
        try
        {
            if (Curve is { } curve) await context.Response.WriteAsync($"event: curve\ndata: {Points(curve)}\n\n", stopped.Token);
            while (true)
            {
                string? last = end;
                if (plan is { } now && now != sentPlan)
                {
                    await context.Response.WriteAsync($"event: plan\ndata: {now}\n\n", stopped.Token);
                    sentPlan = now;
                }

                string next = look;
                if (next != sent) await context.Response.WriteAsync($"data: {next}\n\n", stopped.Token);
                sent = next;
                if (last is not null) await context.Response.WriteAsync(last, stopped.Token);
                await context.Response.Body.FlushAsync(stopped.Token);
                if (last is not null) return;
                await Task.WhenAny(timer.WaitForNextTickAsync(stopped.Token).AsTask(), ended.Task);
                stopped.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or the load has ended.
        }
        finally
        {
            Interlocked.Decrement(ref readers);
        }
    }

    private static string Points(CurveRecorder curve) => new JsonArray(
        [.. curve.Points.Select(point => (JsonNode)new JsonArray(
            point.Seconds, point.Phase, point.RowsPerSecond, point.FetchedPerSecond))]).ToJsonString();
}

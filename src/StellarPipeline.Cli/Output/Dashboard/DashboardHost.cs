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
/// The server of <c>--dashboard</c>, which runs while a job runs: the page, its stream of snapshots, <c>/metrics</c>, <c>/healthz</c> and
/// <c>/report.json</c>.
/// </summary>
/// <remarks>
/// It listens on the loopback address unless another one is named. It has no secrets, accepts no commands and loads nothing from elsewhere.
/// </remarks>
internal sealed class DashboardHost : IAsyncDisposable
{
    private const string UsualAddress = "127.0.0.1:8480";
    private const int ShownEvents = 20;

    // A first load applies about twenty migrations within a second, whose events would hide earlier ones.
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
        application.MapGet("/", context => HttpAnswer.WriteAsync(context, "text/html; charset=utf-8", DashboardPage.Html));
        application.MapGet("/healthz", context => HttpAnswer.WriteAsync(context, "text/plain; charset=utf-8", "ok\n"));
        application.MapGet("/report.json", context => report is { } done
            ? HttpAnswer.WriteAsync(context, HttpAnswer.Json, done.ToJson())
            : HttpAnswer.WriteAsync(context, HttpAnswer.Json, """{"outcome":"running"}""", StatusCodes.Status404NotFound));
        application.MapGet("/metrics", MetricsHost.WriteMetricsAsync);
        application.MapGet("/events", StreamAsync);
    }

    /// <summary>The URL of the page.</summary>
    public string Url => application.Urls.First();

    /// <summary>The option.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--dashboard")
        {
            Description =
                $"Serve a page that shows the load while it runs, and /metrics for Prometheus. Without a value, it listens on "
                    + $"{UsualAddress}; port 0 takes a free one. No log-in: name another address only on a network that you trust.",
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

    /// <summary>Starts serving.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">The option.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The server; null if the option was not given.</returns>
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
                $"--dashboard: cannot listen on {address}: {error.Message} Nothing was done. Name another port, or 0 for a free one.");
        }

        await Console.Error.WriteLineAsync($"Dashboard: {host.Url}");
        return host;
    }

    /// <summary>The recorded curve of the load, for pages that are opened later; null for none.</summary>
    public CurveRecorder? Curve { get; set; }

    /// <summary>Shows a snapshot of the progress.</summary>
    public void Show(ProgressRates rates, string sentence)
    {
        JsonObject next = JsonNode.Parse(ProgressJson.Line(rates, sentence))!.AsObject();
        next["memory"] = Environment.WorkingSet;
        next["events"] = Events();
        look = next.ToJsonString();
    }

    /// <summary>Shows the plan of the load.</summary>
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

    /// <summary>Shows that the load was refused, failed or was interrupted.</summary>
    /// <param name="outcome">How it ended, as in the report.</param>
    /// <param name="error">Why.</param>
    public void Fail(string outcome, string error) => End("failed", new JsonObject { ["outcome"] = outcome, ["error"] = error });

    /// <summary>Keeps serving until the user interrupts.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        await Console.Error.WriteLineAsync($"The dashboard is still at {Url}. Press Ctrl+C to stop it.");
        var interrupted = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = cancellationToken.Register(interrupted.SetResult);
        await interrupted.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Open pages receive the end of the load. A page that does not read it within a second is not waited for.
        for (int waits = 0; end is not null && Volatile.Read(ref readers) > 0 && waits < MostWaits; waits++) await Task.Delay(Wait);
        await stop.CancelAsync();
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await application.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A client that does not close its connection must not delay the end.
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
    /// Server-sent events: first the curve so far and the plan, then at most one snapshot per second, then the end.
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
            // The client has disconnected, or the load has ended.
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

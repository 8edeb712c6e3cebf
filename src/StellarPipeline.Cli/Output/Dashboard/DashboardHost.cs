using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Prometheus;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Cli.Serving;
using StellarPipeline.Dataflow;
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

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly WebApplication application;
    private readonly IDisposable metrics;
    private readonly CancellationTokenSource stop = new();
    private volatile string look = "{}";
    private volatile PopulateReport? report;

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

    /// <summary>Takes a look.</summary>
    public void Show(ProgressRates rates, string sentence)
    {
        JsonObject next = JsonNode.Parse(ProgressJson.Line(rates, sentence))!.AsObject();
        next["memory"] = Environment.WorkingSet;
        next["events"] = new JsonArray(
            [.. LogEvents.Instance.Recent.TakeLast(12).Select(seen => (JsonNode)$"{seen.Time.UtcDateTime:HH:mm:ss} {seen.Text}")]);
        look = next.ToJsonString();
    }

    /// <summary>Shows the end of the load.</summary>
    public void Finish(PopulateReport done) => report = done;

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

    /// <summary>Server-sent events: a look a second while there is a new one, and the end.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stop.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        string? sent = null;
        try
        {
            do
            {
                string now = look;
                if (now != sent) await context.Response.WriteAsync($"data: {now}\n\n", end.Token);
                sent = now;
                if (report is { } done)
                {
                    await context.Response.WriteAsync(
                        $"event: done\ndata: "
                            + $"{new JsonObject
                            {
                                ["rows"] = done.Tables.Sum(table => table.Rows),
                                ["seconds"] = done.Seconds,
                                ["rows_per_second"] = done.RowsPerSecond,
                                ["bound_by"] = done.Bottleneck.Sentence,
                                ["foreign_keys"] = done.ForeignKeys.Strategy,
                            }.ToJsonString()}\n\n", end.Token);
                    return;
                }

                await context.Response.Body.FlushAsync(end.Token);
            }
            while (await timer.WaitForNextTickAsync(end.Token));
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or the load has ended.
        }
    }
}

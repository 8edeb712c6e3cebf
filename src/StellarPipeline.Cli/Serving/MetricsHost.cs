using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Prometheus;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Serving;

/// <summary>The server of <c>--metrics</c>: <c>/metrics</c> for Prometheus, and <c>/healthz</c> with the lag of live ingestion.</summary>
/// <remarks>It has no secrets and accepts no commands.</remarks>
internal sealed class MetricsHost : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly WebApplication application;
    private readonly IDisposable metrics;

    private MetricsHost(WebApplication application)
    {
        this.application = application;
        metrics = MeterAdapter.StartListening();
        application.MapGet(
            "/healthz", context => HttpAnswer.WriteAsync(context, HttpAnswer.Json, Health(Status?.Invoke(), DateTimeOffset.UtcNow)));
        application.MapGet("/metrics", WriteMetricsAsync);
    }

    /// <summary>Gives the progress of live ingestion; null before it begins.</summary>
    public Func<LiveStatus>? Status { get; set; }

    /// <summary>The option.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--metrics")
        {
            Description =
                "Serve /metrics for Prometheus, and /healthz with the lag, at this address; port 0 takes a free one. No log-in: name "
                    + "an address other than the loopback only on a network that you trust.",
            HelpName = "address:port",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !IPEndPoint.TryParse(text, out _))
                result.AddError($"--metrics {text}: give an address and a port, such as 127.0.0.1:8481 or [::1]:8481.");
        });
        return option;
    }

    /// <summary>Starts serving.</summary>
    /// <param name="address">Address and port; null serves nothing.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The server; null if there is no address.</returns>
    /// <exception cref="CommandLineException">The address cannot be used (kind usage).</exception>
    public static async Task<MetricsHost?> StartAsync(string? address, CancellationToken cancellationToken)
    {
        if (address is null) return null;
        WebApplicationBuilder builder =
            WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Configuration.Sources.Clear();
        WebApplication application = builder.Build();
        application.Urls.Add($"http://{address}");
        var host = new MetricsHost(application);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            await host.DisposeAsync();
            throw new CommandLineException(FailureKind.Usage,
                $"--metrics: cannot listen on {address}: {error.Message} Nothing was done. Name another port, or 0 for a free one.");
        }

        await Console.Error.WriteLineAsync($"Metrics: {application.Urls.First()}/metrics");
        return host;
    }

    /// <summary>Writes all metrics in the text format of Prometheus.</summary>
    public static Task WriteMetricsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return Prometheus.Metrics.DefaultRegistry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
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
    }

    /// <summary>The content of <c>/healthz</c>: state and lag. The caller decides whether the lag is too long.</summary>
    internal static string Health(LiveStatus? status, DateTimeOffset now) => new JsonObject
    {
        ["status"] = status is null ? "starting" : status.IsStandingBy ? "standing by" : "following",
        ["latest_ledger"] = status?.Latest,
        ["oldest_ledger"] = status?.Oldest,
        ["lag_ledgers"] = status?.Behind is { } behind ? Math.Round(behind) : null,
        ["lag_seconds"] = status?.LagAt(now) is { } lag ? Math.Round(lag.TotalSeconds, 1) : null,
        ["closed_at"] = status?.ClosedAt?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    }.ToJsonString() + "\n";
}

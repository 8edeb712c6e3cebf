using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>A real server on loopback with files in memory; each request may be answered by a fault instead.</summary>
internal sealed class ArchiveServer : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly ConcurrentQueue<ServedRequest> requests = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<ServerExchange, Task>>> script = new();

    private ArchiveServer(WebApplication application) => this.application = application;

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>Answers every request that has no answer of its own; null for a good server.</summary>
    public Func<ServerExchange, Task>? Always { get; set; }

    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    public IReadOnlyList<ServedRequest> Requests => [.. requests];

    public long BytesSent => requests.Sum(request => request.BytesSent);

    public static async Task<ArchiveServer> StartAsync(X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            // A client that gets no time from a busy machine is no attacker.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listener =>
            {
                if (certificate is null)
                    return;
                listener.Protocols = HttpProtocols.Http1AndHttp2;
                listener.UseHttps(certificate);
            });
        });
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        var server = new ArchiveServer(builder.Build());
        server.application.Run(server.AnswerAsync);
        await server.application.StartAsync();
        string address = server.application.Urls.Single();
        server.Url = address.TrimEnd('/') + "/archive/";
        return server;
    }

    /// <summary>A server with the files of an archive in a folder.</summary>
    public static async Task<ArchiveServer> StartAsync(string folder, X509Certificate2? certificate = null)
    {
        ArchiveServer server = await StartAsync(certificate);
        foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            server.Files[Path.GetRelativePath(folder, file).Replace('\\', '/')] = await File.ReadAllBytesAsync(file);
        return server;
    }

    /// <summary>A server with one file.</summary>
    public static async Task<ArchiveServer> StartAsync(string path, byte[] content)
    {
        ArchiveServer server = await StartAsync();
        server.Files[path] = content;
        return server;
    }

    /// <summary>Answers the next requests for a file, one after the other; then the server is good again.</summary>
    public void Script(string path, params Func<ServerExchange, Task>[] answers)
    {
        ConcurrentQueue<Func<ServerExchange, Task>> queue = script.GetOrAdd(path, _ => new());
        foreach (Func<ServerExchange, Task> answer in answers)
            queue.Enqueue(answer);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await application.StopAsync(now.Token);
        await application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!.Replace("/archive/", "", StringComparison.Ordinal).TrimStart('/');
        string range = context.Request.Headers.Range.ToString();
        long? from = range.Length == 0 ? null : long.Parse(range["bytes=".Length..range.IndexOf('-', StringComparison.Ordinal)]);
        var request = new ServedRequest(context, path, from);
        requests.Enqueue(request);
        var exchange = new ServerExchange(context, request, Files.GetValueOrDefault(path));
        if (script.TryGetValue(path, out ConcurrentQueue<Func<ServerExchange, Task>>? queue)
            && queue.TryDequeue(out Func<ServerExchange, Task>? answer))
        {
            await answer(exchange);
        }
        else if (Always is not null)
        {
            await Always(exchange);
        }
        else if (exchange.HasFile)
        {
            await exchange.ServeAsync();
        }
        else
        {
            await exchange.StatusAsync(404);
        }
    }
}

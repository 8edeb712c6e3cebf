using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using StellarPipeline.Benchmarks.Harness;

namespace StellarPipeline.Benchmarks.Benchmarks;

/// <summary>The cost of writing pages of several sizes to a Unix socket whose other end only reads.</summary>
public class SocketBenchmarks
{
    private const long TotalBytes = 32L << 20;
    private string file = "";
    private Socket sender = null!;
    private Socket receiver = null!;
    private Task draining = Task.CompletedTask;
    private long received;
    private byte[] page = [];

    [Params(8 << 10, 64 << 10, 256 << 10, 1 << 20)]
    public int PageBytes { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        page = new byte[PageBytes];
        file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(file));
        listener.Listen(1);
        sender = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await sender.ConnectAsync(new UnixDomainSocketEndPoint(file));
        receiver = await listener.AcceptAsync();
        draining = Task.Run(DrainAsync);
        WorkAmounts.Record<SocketBenchmarks>(new WorkAmount(TotalBytes, TotalBytes / PageBytes), PageBytes);
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        sender.Dispose();
        await draining;
        receiver.Dispose();
        File.Delete(file);
    }

    [Benchmark]
    public async Task<long> WritePages()
    {
        for (long sent = 0; sent < TotalBytes; sent += page.Length) await sender.SendAsync(page);
        return received;
    }

    private async Task DrainAsync()
    {
        byte[] block = new byte[64 << 10];
        int count;
        while ((count = await receiver.ReceiveAsync(block)) > 0) received += count;
    }
}

using System.Security.Cryptography;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Tests;

/// <summary>One generated archive for many tests, servers that offer it, and what an undisturbed fetch of it leaves in a cache.</summary>
public sealed class RemoteArchive : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-remote-").FullName;

    public GeneratedArchive Generated { get; private set; } = null!;

    public string Folder => Path.Combine(folder, "archive");

    /// <summary>Every file of an undisturbed cache with its hash.</summary>
    public IReadOnlyDictionary<string, string> UndisturbedCache { get; private set; } = new Dictionary<string, string>();

    /// <summary>Stored bytes of all buckets.</summary>
    public long BucketBytes =>
        new DirectoryInfo(Path.Combine(Folder, "bucket")).GetFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>Path of the largest bucket inside the archive.</summary>
    public string LargestBucket =>
        Path.GetRelativePath(Folder, new DirectoryInfo(Path.Combine(Folder, "bucket")).GetFiles("*", SearchOption.AllDirectories).MaxBy(
            file => file.Length)!.FullName).Replace('\\', '/');

    public async Task InitializeAsync()
    {
        Generated = await CheckpointArchiveGenerator.GenerateAsync(
            Folder, new GeneratorOptions { Accounts = 300, Trustlines = 600, Passphrase = StellarNetwork.Testnet.Passphrase });
        string cache = NewFolder();
        CliResult result = await CliProcess.RunAsync("archive", "fetch", "--archive", Folder, "--cache", cache, "--network", "testnet");
        Assert.True(result.ExitCode == 0, result.All);
        UndisturbedCache = ContentOf(cache);
        Assert.Equal(Directory.GetFiles(Path.Combine(Folder, "bucket"), "*", SearchOption.AllDirectories).Length,
            UndisturbedCache.Keys.Count(name => name.EndsWith(".xdr.gz", StringComparison.Ordinal)));
    }

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A name for a folder that is removed with the archive.</summary>
    public string NewFolder() => Path.Combine(folder, Guid.NewGuid().ToString("N"));

    /// <summary>Every file of a cache, but for its locks and the copies of checkpoint files, with its hash.</summary>
    internal static Dictionary<string, string> ContentOf(string cache) =>
        Directory.GetFiles(cache).ToDictionary(
            file => Path.GetFileName(file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));

    internal Task<ArchiveServer> ServeAsync() => ArchiveServer.StartAsync(Folder);

    /// <summary>Answers one file badly, and everything else well.</summary>
    internal static Func<ServerExchange, Task> Only(string path, Func<ServerExchange, Task> fault) =>
        exchange => exchange.Request.Path == path ? fault(exchange) : exchange.HasFile ? exchange.ServeAsync() : exchange.StatusAsync(404);
}

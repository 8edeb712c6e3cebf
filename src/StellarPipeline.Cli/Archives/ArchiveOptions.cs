using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Archives;

/// <summary>
/// The options of every command that reads an archive: where it is, what it must contain, and how to fetch it. One instance belongs to
/// one command.
/// </summary>
internal sealed class ArchiveOptions
{
    private readonly Option<string[]> locations = new("--archive")
    {
        Description =
            "The history archive: a directory, or a file://, http:// or https:// URL. Repeat the option to add mirrors; if one fails, the "
                + "next is used. Without it, the public archives of --network pubnet, testnet or futurenet.",
        HelpName = "directory|URL",
    };

    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string?> network = CommonOptions.Network();
    private readonly Option<int> frequency = CommonOptions.CheckpointFrequency();

    private readonly Option<string?> trustedHash = new("--trusted-hash")
    {
        Description =
            "The hash of the checkpoint's ledger header, from a source that you trust. It also chooses the checkpoint.",
        HelpName = "ledger:hash",
    };

    private readonly Option<string[]> confirmWith = new("--confirm-with")
    {
        Description =
            "A second archive, run by others; its header of the same ledger must have the same hash. May be given several times.",
        HelpName = "directory|URL",
    };

    private readonly Option<string?> maxAge = new("--max-age")
    {
        Description =
            "Refuse a checkpoint whose ledger closed longer ago than this: seconds, or a number with m, h or d. Without it, the report has "
                + "a remark if the newest checkpoint is older than an hour.",
        HelpName = "time",
    };

    private readonly Option<string?> cache = new("--cache")
    {
        Description =
            "Folder that keeps verified buckets from URLs and mirrors for the next run. [default: stellar-pipeline/buckets in the user's "
                + "cache folder]",
        HelpName = "directory",
    };

    private readonly Option<string> cacheSize =
        ByteSize.Option("--cache-size", "Limit of the cache; the least recently used buckets are removed first.",
            new BucketCacheOptions().MaxSizeBytes);
    private readonly Option<string> bucketSize =
        ByteSize.Option("--max-bucket-bytes", "Largest accepted uncompressed size of a bucket.", new ArchiveReadOptions().MaxBucketBytes);
    private readonly Option<int> downloads =
        new("--downloads")
        {
            Description = "Buckets downloaded at the same time, 1 to 100.", HelpName = "count",
            DefaultValueFactory = _ => new CachingTransportOptions().Downloads
        };
    private readonly Option<bool> offline =
        new("--offline")
        {
            Description = "Use only the cache, which archive fetch fills. Name the same --network or --archive as for archive fetch.",
        };

    private readonly Option<bool> allowNewer = new("--allow-newer-protocol")
    {
        Description =
            "Read a checkpoint of a protocol newer than this program, as long as every byte can be decoded. All proofs are still made, but "
                + "a changed meaning of known fields would not be noticed.",
    };

    private readonly Option<double> timeout = new("--http-timeout")
    {
        Description = "Seconds without a byte from a server after which the request fails.",
        HelpName = "seconds",
        DefaultValueFactory = _ => new HttpTransportOptions().StallTimeout.TotalSeconds,
    };

    private readonly Option<int> attempts = new("--http-attempts")
    {
        Description =
            "Attempts at the same position of a file (with mirrors: rounds over all of them), with growing waits, before the command "
                + "fails.",
        HelpName = "count",
        DefaultValueFactory = _ => new HttpTransportOptions().MaxAttempts,
    };

    /// <summary>Makes the options and adds them to a command.</summary>
    public ArchiveOptions(Command command)
    {
        trustedHash.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && TrustedHash.Parse(text) is null)
            {
                result.AddError(
                    $"--trusted-hash {text}: give the ledger, a colon, and the hash of its header as 64 lower-case hexadecimal digits.");
            }
        });
        maxAge.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Duration.Parse(text) is null)
                result.AddError($"--max-age {text}: give a number of seconds, or a number with s, m, h or d, such as 90m or 2h.");
        });
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.001 and <= 86_400))
                result.AddError("--http-timeout: give 0.001 to 86,400 seconds.");
        });
        foreach (Option option in new Option[] { locations, checkpoint, network, frequency, trustedHash, confirmWith, maxAge, allowNewer,
            cache, cacheSize, downloads, offline, bucketSize, timeout, attempts })
        {
            command.Add(option);
        }

        command.Validators.Add(Check);
    }

    /// <summary>The network that the archive must belong to; null to take the network that the archive names.</summary>
    public StellarNetwork? Network(ParseResult parsed) => CommonOptions.ParseNetwork(parsed.GetValue(network));

    /// <summary>The checkpoint's ledger; null for the newest.</summary>
    public uint? Checkpoint(ParseResult parsed) => Trusted(parsed)?.Ledger ?? CommonOptions.ParseCheckpoint(parsed.GetValue(checkpoint)!);

    /// <summary>Whether newer protocols are read.</summary>
    public bool AllowsNewer(ParseResult parsed) => parsed.GetValue(allowNewer);

    /// <summary>Ledgers per checkpoint.</summary>
    public int Frequency(CommandResult result) => result.GetValue(frequency);

    /// <summary>The given frequency; null if the option was left out.</summary>
    public int? GivenFrequency(CommandResult result) => OptionRules.Given(result, frequency);

    /// <summary>Largest accepted uncompressed size of a bucket, in bytes.</summary>
    public long BucketBytes(ParseResult parsed) => ByteSize.Parse(parsed.GetValue(bucketSize)!)!.Value;

    /// <summary>Opens the archive that the options name. Reads nothing yet.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="alwaysCached">True for a command that fills the cache: then a folder is also read through the cache.</param>
    /// <param name="loggers">Gets log events of retries, fail-overs and the cache; null for none.</param>
    /// <exception cref="PipelineException">A named archive, folder or file cannot be used (kind usage).</exception>
    public OpenedArchive Open(ParseResult parsed, bool alwaysCached = false, ILoggerFactory? loggers = null)
    {
        ILogger logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<HistoryArchive>();
        StellarNetwork? expected = Network(parsed);
        IReadOnlyList<string> places =
            parsed.GetValue(locations) is { Length: > 0 } named ? named : KnownArchives.Of(expected!.Name).Archives;
        bool isCached =
            alwaysCached || places.Count > 1 || places.Any(IsUrl) || parsed.GetValue(cache) is not null || parsed.GetValue(offline);
        BucketCache? folder = isCached
            ? BucketCache.Open(
                parsed.GetValue(cache),
                new BucketCacheOptions
                {
                    Application = Product.Name, MaxSizeBytes = ByteSize.Parse(parsed.GetValue(cacheSize)!)!.Value,
                    MaxBucketBytes = BucketBytes(parsed), Logger = logger
                })
            : null;
        var opened = new List<IArchiveTransport>();
        try
        {
            foreach (string place in parsed.GetValue(confirmWith) ?? [])
                opened.Add(PublicationTransport.Create([place], httpOptions: HttpOptions(parsed, logger)));
            IArchiveTransport[] others = [.. opened];
            IArchiveTransport transport = PublicationTransport.Create(places, MirrorOptions(parsed, logger), HttpOptions(parsed, logger));
            opened.Add(transport);
            if (folder is not null) transport = new CachingTransport(transport, folder, CachingOptions(parsed, expected, logger));
            var options = new HistoryArchiveOptions
            {
                Schedule = new CheckpointSchedule(Frequency(parsed.CommandResult)),
                NetworkPassphrase = expected?.Passphrase,
                TrustedLedgerHash = Trusted(parsed)?.Hash ?? default,
                ConfirmWith = others,
                AllowNewerProtocol = parsed.GetValue(allowNewer),
                MaxAge = parsed.GetValue(maxAge) is { } age ? Duration.Parse(age)!.Value : Timeout.InfiniteTimeSpan,
            };
            return new OpenedArchive(new HistoryArchive(transport, options), others);
        }
        catch
        {
            foreach (IDisposable transport in opened.OfType<IDisposable>()) transport.Dispose();
            throw;
        }
    }

    private TrustedHash? Trusted(ParseResult parsed) => parsed.GetValue(trustedHash) is { } text ? TrustedHash.Parse(text) : null;

    private CachingTransportOptions CachingOptions(ParseResult parsed, StellarNetwork? expected, ILogger logger) => new()
    {
        Downloads = parsed.GetValue(downloads),
        IsOffline = parsed.GetValue(offline),
        Logger = logger,

        // Copies of checkpoint files are stored under the network's name, whichever of its archives they came from.
        Scope =
            expected is null
                ? null
                : Array.Exists([StellarNetwork.Pubnet, StellarNetwork.Testnet, StellarNetwork.Futurenet], known => known == expected)
                ? expected.Name
                : Convert.ToHexStringLower(expected.Id),
    };

    private HttpTransportOptions HttpOptions(ParseResult parsed, ILogger logger)
    {
        var defaults = new HttpTransportOptions();
        var silence = TimeSpan.FromSeconds(parsed.GetValue(timeout));
        return defaults with
        {
            ConnectTimeout = silence < defaults.ConnectTimeout ? silence : defaults.ConnectTimeout,
            HeadersTimeout = silence,
            StallTimeout = silence,
            MaxAttempts = parsed.GetValue(attempts),
            UserAgent = Product.UserAgent,
            Logger = logger,
        };
    }

    private MirrorTransportOptions MirrorOptions(ParseResult parsed, ILogger logger) =>
        new() { MaxRounds = parsed.GetValue(attempts), Logger = logger };

    private void Check(CommandResult result)
    {
        string[] named = result.GetValue(locations) ?? [];
        string[] others = result.GetValue(confirmWith) ?? [];
        if (named.Length == 0 && !IsKnown(result.GetValue(network)))
        {
            result.AddError(
                "Name the archive: --archive with a directory or a URL, or --network pubnet, testnet or futurenet alone for its public "
                    + "archives.");
        }

        if (result.GetValue(offline) && others.Length > 0)
        {
            result.AddError(
                "--offline uses only the cache, and --confirm-with needs another archive: give one of the two. --trusted-hash works "
                    + "with both.");
        }

        if (others.FirstOrDefault(other => named.Any(own => own.TrimEnd('/') == other.TrimEnd('/'))) is not null)
        {
            result.AddError(
                "--confirm-with names an archive that --archive names too: it would only confirm itself. Name one that others run.");
        }

        if (result.GetValue(trustedHash) is { } text && TrustedHash.Parse(text) is { } trusted
            && result.GetResult(checkpoint) is { Implicit: false }
            && CommonOptions.ParseCheckpoint(result.GetValue(checkpoint)!) is { } ledger && ledger != trusted.Ledger)
        {
            result.AddError(
                string.Create(CultureInfo.InvariantCulture,
                    $"--trusted-hash is for ledger {trusted.Ledger:N0}, but --checkpoint is {ledger:N0}: give the hash of the checkpoint's "
                            + $"own ledger."));
        }
    }

    private static bool IsKnown(string? name) =>
        !string.IsNullOrWhiteSpace(name) && KnownArchives.Networks.Any(known => known.Name == StellarNetwork.Parse(name).Name);

    private static bool IsUrl(string place) =>
        place.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || place.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
}

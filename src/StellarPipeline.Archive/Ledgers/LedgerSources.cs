using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Opens the source for a location of ledgers.</summary>
public static class LedgerSources
{
    /// <summary>Standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>Opens ledgers at any supported location.</summary>
    /// <remarks>
    /// A data store: a folder with a <c>.config.json</c> (or any folder, if the options give its layout), an <c>http://</c> or
    /// <c>https://</c> URL of one, or a bucket as <c>s3://bucket/prefix?region=…</c> or <c>gs://bucket/prefix</c>
    /// (<see cref="BucketLocation"/>). Several stores are mirrors of each other. Otherwise: files, named pipes, <c>-</c> for standard
    /// input, folders of files, or URLs of files whose names contain <c>.xdr</c>; several are read one after the other.
    /// </remarks>
    /// <param name="locations">The locations.</param>
    /// <param name="options">How to read them; null for the defaults.</param>
    /// <param name="httpOptions">Time-outs, retries and limits for a server; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The source.</returns>
    /// <exception cref="LedgerException">A location is not supported, or a store cannot be opened.</exception>
    /// <exception cref="ArchiveException">A location cannot be read.</exception>
    public static async Task<ILedgerSource> OpenAsync(
        IReadOnlyList<string> locations, LedgerStoreOptions? options = null, HttpTransportOptions? httpOptions = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locations);
        if (locations.Count == 0 || locations.Any(string.IsNullOrWhiteSpace))
            LedgerThrow.LocationUnknown("The location of the ledgers is empty. Name a folder, a file, a URL, or - for standard input.");
        options ??= new LedgerStoreOptions();
        string[] places = [.. locations.Select(location => Local(HttpOf(location, httpOptions)))];
        int stores = places.Count(place => IsStore(place, options));
        if (stores == 0)
            return new LedgerStreamSource([.. places.SelectMany(place => PartsOf(place, httpOptions))], options);
        if (stores != places.Length)
        {
            LedgerThrow.LocationUnknown(
                "Data stores and files of ledgers were named together. Read them separately: several stores are mirrors of each "
                    + "other.");
        }

        return await OpenStoreAsync(places, options, httpOptions, cancellationToken).ConfigureAwait(false);
    }

    private static string HttpOf(string location, HttpTransportOptions? options)
    {
        var bucket = BucketLocation.Parse(location);
        if (bucket is { IsSigned: true } && options?.Sign is null)
        {
            LedgerThrow.LocationUnknown(
                $"Requests to the bucket {bucket.Bucket} must be signed, but there is no signer: set HttpTransportOptions.Sign, for "
                    + $"example with S3Requests.WithSignatures of StellarPipeline.Archive.S3.");
        }

        return bucket is null ? location : bucket.Url.AbsoluteUri;
    }

    /// <summary>True if the location is read as a data store.</summary>
    private static bool IsStore(string place, LedgerStoreOptions options)
    {
        if (IsUrl(place))
            return !IsFileName(new Uri(place).Segments[^1]);
        bool isLaidOut = options is { LedgersPerObject: not null, ObjectsPerPartition: not null };
        return Directory.Exists(place) && (isLaidOut || File.Exists(Path.Combine(place, LedgerStoreManifest.FileName)));
    }

    private static async Task<ILedgerSource> OpenStoreAsync(
        string[] places, LedgerStoreOptions options, HttpTransportOptions? httpOptions, CancellationToken cancellationToken)
    {
        IArchiveTransport transport = MirrorTransport.Create(places, options: null, httpOptions);
        try
        {
            return await LedgerStore.OpenAsync(transport, options, isTransportOwned: true, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            (transport as IDisposable)?.Dispose();
            throw;
        }
    }

    private static IEnumerable<LedgerStreamPart> PartsOf(string place, HttpTransportOptions? httpOptions)
    {
        if (place == StandardInput)
            return [LedgerStreamPart.StandardInput];
        if (IsUrl(place))
            return [OfUrl(new Uri(place), httpOptions)];
        return Directory.Exists(place) ? OfFolder(place) : [LedgerStreamPart.File(place)];
    }

    // Object names in a data store count downwards in hexadecimal: the last name contains the first ledger.
    private static IEnumerable<LedgerStreamPart> OfFolder(string folder)
    {
        string[] files = [.. Directory.GetFiles(folder, "*.xdr*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            LedgerThrow.LocationUnknown(
                $"{folder} contains neither a {LedgerStoreManifest.FileName} nor a file of ledgers (*.xdr, optionally .zst or .gz). Name "
                    + $"a folder that does.");
        }

        if (files.All(static file => Path.GetFileName(file).Contains("--", StringComparison.Ordinal)))
            Array.Reverse(files);
        return files.Select(LedgerStreamPart.File);
    }

    private static LedgerStreamPart OfUrl(Uri url, HttpTransportOptions? httpOptions)
    {
        string name = url.Segments[^1];
        var root = new UriBuilder(url) { Path = url.AbsolutePath[..^name.Length] };
        return new LedgerStreamPart(HttpLocation.Describe(url), async cancellationToken =>
        {
            IArchiveTransport transport = ArchiveTransport.Create(root.Uri.AbsoluteUri, httpOptions);
            ArchiveObject? file = await transport.OpenAsync(name, 0, cancellationToken).ConfigureAwait(false);
            return file?.Content ?? throw new FileNotFoundException("The server has no such file.");
        });
    }

    private static bool IsUrl(string place) =>
        place.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || place.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static bool IsFileName(string name) => name.Contains(".xdr", StringComparison.OrdinalIgnoreCase);

    private static string Local(string place)
    {
        int scheme = place.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return place;
        if (IsUrl(place))
            return Uri.TryCreate(place, UriKind.Absolute, out _) ? place : throw HttpThrow.LocationInvalid();
        if (Uri.TryCreate(place, UriKind.Absolute, out Uri? url) && url.IsFile && url.Host.Length == 0)
            return url.LocalPath;
        LedgerThrow.LocationUnknown(
            $"Ledgers at {place[..scheme]}:// are not supported. Name a folder, a file, an http, https, s3 or gs URL, or - for standard "
                + $"input.");
        return place;
    }
}

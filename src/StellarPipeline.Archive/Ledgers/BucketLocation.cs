using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A location in an object store: the bucket, and the HTTP address of its objects.</summary>
/// <remarks>
/// <c>s3://bucket/prefix?region=us-east-2</c>, with <c>endpoint=https://host</c> for another S3-compatible store and <c>sign=true</c> for a
/// private bucket; <c>gs://bucket/prefix</c>, which must be public.
/// </remarks>
internal sealed record BucketLocation
{
    private BucketLocation(Uri url, string bucket, string? region, string? endpoint, bool isSigned)
    {
        Url = url;
        Bucket = bucket;
        Region = region;
        Endpoint = endpoint;
        IsSigned = isSigned;
    }

    /// <summary>The http or https URL of the prefix.</summary>
    public Uri Url { get; }

    /// <summary>The bucket's name.</summary>
    public string Bucket { get; }

    /// <summary>The region of an S3 bucket; null if none was given.</summary>
    public string? Region { get; }

    /// <summary>The address of another S3-compatible store; null for Amazon S3 and Google.</summary>
    public string? Endpoint { get; }

    /// <summary>True if requests must be signed; <see cref="HttpTransportOptions.Sign"/> signs them.</summary>
    public bool IsSigned { get; }

    /// <summary>Parses a location.</summary>
    /// <param name="location">Any location.</param>
    /// <returns>The bucket; null if the location is not a bucket.</returns>
    /// <exception cref="LedgerException">It is a bucket, but its parameters are wrong (kind usage, code LEDGER_LOCATION).</exception>
    public static BucketLocation? Parse(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        bool isS3 = location.StartsWith("s3://", StringComparison.OrdinalIgnoreCase);
        bool isGoogle = location.StartsWith("gs://", StringComparison.OrdinalIgnoreCase);
        if (!isS3 && !isGoogle)
            return null;
        string rest = location[5..];
        string query = "";
        if (rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark)
            (rest, query) = (rest[..mark], rest[(mark + 1)..]);
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string bucket = slash < 0 ? rest : rest[..slash];
        string prefix = slash < 0 ? "" : rest[slash..].TrimEnd('/');
        if (bucket.Length == 0 || !bucket.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_'))
        {
            LedgerThrow.LocationUnknown(
                "The location of the ledgers does not name a bucket. It must look like s3://bucket/prefix?region=us-east-2 or "
                    + "gs://bucket/prefix, without user or password.");
        }

        (string? region, string? endpoint, bool isSigned) = Parameters(query, isS3);
        if (isSigned && region is null && endpoint is null)
        {
            LedgerThrow.LocationUnknown(
                $"Signed requests to the bucket {bucket} need its region: add region=us-east-2, or the bucket's "
                    + $"own.");
        }

        string url = isGoogle ? $"https://storage.googleapis.com/{bucket}{prefix}" : UrlOfS3(bucket, prefix, region, endpoint);
        return new BucketLocation(new Uri(url), bucket, region, endpoint, isSigned);
    }

    private static string UrlOfS3(string bucket, string prefix, string? region, string? endpoint)
    {
        if (endpoint is not null)
            return $"{endpoint.TrimEnd('/')}/{bucket}{prefix}";
        string host = region is null ? "s3.amazonaws.com" : $"s3.{region}.amazonaws.com";

        // The host's certificate covers only one label before the host name, so a bucket name with a dot goes into the path.
        return bucket.Contains('.', StringComparison.Ordinal) ? $"https://{host}/{bucket}{prefix}" : $"https://{bucket}.{host}{prefix}";
    }

    private static (string? Region, string? Endpoint, bool IsSigned) Parameters(string query, bool isS3)
    {
        string? region = null;
        string? endpoint = null;
        bool isSigned = false;
        foreach (string parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = parameter.Split('=', 2);
            string value = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
            if (isS3 && parts[0] == "region" && value.Length > 0
                && value.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))
            {
                region = value;
            }
            else if (isS3 && parts[0] == "endpoint" && Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && HttpLocation.IsHttp(url))
            {
                endpoint = value;
            }
            else if (isS3 && parts[0] == "sign" && value is "true" or "false")
            {
                isSigned = value == "true";
            }
            else
            {
                LedgerThrow.LocationUnknown(
                    $"The location of the ledgers has an unknown parameter {parts[0]}, or a wrong value for it. S3 buckets take "
                        + "region=us-east-2, endpoint=https://host and sign=true; others take none.");
            }
        }

        return (region, endpoint, isSigned);
    }
}

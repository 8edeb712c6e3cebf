using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A place in an object store: the bucket, and the HTTP address that its objects are read at.</summary>
/// <remarks>
/// <c>s3://bucket/prefix?region=us-east-2</c>, with <c>endpoint=https://host</c> for another store that speaks S3 and <c>sign=true</c> for
/// a private bucket; <c>gs://bucket/prefix</c>, which must be public.
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

    /// <summary>The region of an S3 bucket; null where none was given.</summary>
    public string? Region { get; }

    /// <summary>The address of another store that speaks S3; null for Amazon's own, and for Google's.</summary>
    public string? Endpoint { get; }

    /// <summary>True if requests are to be signed. The signatures are the business of <see cref="HttpTransportOptions.Sign"/>.</summary>
    public bool IsSigned { get; }

    /// <summary>Takes a place apart.</summary>
    /// <param name="location">Any place.</param>
    /// <returns>The bucket; null for a place that is none.</returns>
    /// <exception cref="LedgerException">It is a bucket that cannot be read so (kind usage, code LEDGER_LOCATION).</exception>
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
                "The place of the ledgers names no bucket. It must look like s3://bucket/prefix?region=us-east-2 or gs://bucket/prefix, "
                    + "without user or password.");
        }

        (string? region, string? endpoint, bool isSigned) = Parameters(query, isS3);
        if (isSigned && region is null && endpoint is null)
        {
            LedgerThrow.LocationUnknown(
                $"Requests to the bucket {bucket} are to be signed, and a signature names a region: add region=us-east-2, or whatever it "
                    + $"is.");
        }

        string url = isGoogle ? $"https://storage.googleapis.com/{bucket}{prefix}" : UrlOfS3(bucket, prefix, region, endpoint);
        return new BucketLocation(new Uri(url), bucket, region, endpoint, isSigned);
    }

    private static string UrlOfS3(string bucket, string prefix, string? region, string? endpoint)
    {
        if (endpoint is not null)
            return $"{endpoint.TrimEnd('/')}/{bucket}{prefix}";
        string host = region is null ? "s3.amazonaws.com" : $"s3.{region}.amazonaws.com";

        // The certificate of the host covers one label before it: a bucket with a dot goes into the path.
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
                    $"The place of the ledgers has a parameter {parts[0]} that is not known or has no such value. "
                    + "S3 buckets take region=us-east-2, endpoint=https://host and sign=true, others none.");
            }
        }

        return (region, endpoint, isSigned);
    }
}

using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Maps public buckets of object stores to the HTTP addresses that they can be read at.</summary>
/// <remarks>
/// <c>s3://bucket/prefix?region=us-east-2</c>, with <c>endpoint=https://host</c> for another store that speaks S3; <c>gs://bucket/prefix</c>.
/// Nothing is signed: a bucket that is not public answers 403.
/// </remarks>
internal static class BucketUrl
{
    /// <summary>Maps a place.</summary>
    /// <param name="location">Any place.</param>
    /// <returns>The http or https URL of a bucket; other places as they are.</returns>
    /// <exception cref="LedgerException">It is a bucket that cannot be read so (kind usage, code LEDGER_LOCATION).</exception>
    public static string ToHttp(string location)
    {
        bool isS3 = location.StartsWith("s3://", StringComparison.OrdinalIgnoreCase);
        bool isGoogle = location.StartsWith("gs://", StringComparison.OrdinalIgnoreCase);
        if (!isS3 && !isGoogle)
            return location;
        string rest = location[5..];
        string query = "";
        if (rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark)
            (rest, query) = (rest[..mark], rest[(mark + 1)..]);
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string bucket = slash < 0 ? rest : rest[..slash];
        string prefix = slash < 0 ? "" : rest[slash..].TrimEnd('/');
        if (bucket.Length == 0 || !bucket.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_'))
            LedgerThrow.LocationUnknown("The place of the ledgers names no bucket. It must look like s3://bucket/prefix?region=us-east-2 or gs://bucket/prefix, without user or password.");
        (string? region, string? endpoint) = Parameters(query, isS3);
        if (isGoogle)
            return $"https://storage.googleapis.com/{bucket}{prefix}";
        if (endpoint is not null)
            return $"{endpoint.TrimEnd('/')}/{bucket}{prefix}";
        string host = region is null ? "s3.amazonaws.com" : $"s3.{region}.amazonaws.com";

        // The certificate of the host covers one label before it: a bucket with a dot goes into the path.
        return bucket.Contains('.', StringComparison.Ordinal) ? $"https://{host}/{bucket}{prefix}" : $"https://{bucket}.{host}{prefix}";
    }

    private static (string? Region, string? Endpoint) Parameters(string query, bool isS3)
    {
        string? region = null;
        string? endpoint = null;
        foreach (string parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = parameter.Split('=', 2);
            string value = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
            if (isS3 && parts[0] == "region" && value.Length > 0 && value.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))
                region = value;
            else if (isS3 && parts[0] == "endpoint" && Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && HttpLocation.IsHttp(url))
                endpoint = value;
            else
                LedgerThrow.LocationUnknown($"The place of the ledgers has a parameter {parts[0]} that is not known or has no such value. S3 buckets take region=us-east-2 and endpoint=https://host, others none.");
        }

        return (region, endpoint);
    }
}

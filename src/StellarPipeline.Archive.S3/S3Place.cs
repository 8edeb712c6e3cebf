namespace StellarPipeline.Archive.S3;

/// <summary>A private bucket whose requests are signed.</summary>
/// <param name="Root">HTTP address of the folder in the bucket.</param>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Region">Region to sign for; null if the endpoint determines it.</param>
/// <param name="Endpoint">Address of another S3-compatible store; null for Amazon S3.</param>
internal sealed record S3Place(Uri Root, string Bucket, string? Region, string? Endpoint)
{
    /// <summary>The object of this bucket that a request reads.</summary>
    /// <param name="url">The request's URL.</param>
    /// <returns>Its key; null for a request to another server or bucket, which must not be signed.</returns>
    public string? KeyOf(Uri url)
    {
        bool isHere = Uri.Compare(Root, url, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
        string path = Uri.UnescapeDataString(url.AbsolutePath).TrimStart('/');
        if (!isHere || !IsBucketInPath)
            return isHere ? path : null;
        return path.StartsWith(Bucket + "/", StringComparison.Ordinal) ? path[(Bucket.Length + 1)..] : null;
    }

    /// <summary>True if the bucket is the first part of the path, false if it is part of the host name.</summary>
    public bool IsBucketInPath => !Root.IdnHost.StartsWith(Bucket + ".", StringComparison.OrdinalIgnoreCase);
}

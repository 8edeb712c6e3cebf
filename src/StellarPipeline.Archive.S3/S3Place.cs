namespace StellarPipeline.Archive.S3;

/// <summary>A private bucket whose requests are signed.</summary>
/// <param name="Root">The HTTP address of the folder in the bucket, as the transport asks for it.</param>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Region">The region that is signed for; null if the endpoint says it.</param>
/// <param name="Endpoint">Another store that speaks S3; null for Amazon's.</param>
internal sealed record S3Place(Uri Root, string Bucket, string? Region, string? Endpoint)
{
    /// <summary>The object that a request asks this bucket for.</summary>
    /// <param name="url">The request's URL.</param>
    /// <returns>Its key; null for a request to another server or bucket, whose signature this is not.</returns>
    public string? KeyOf(Uri url)
    {
        bool isHere = Uri.Compare(Root, url, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
        string path = Uri.UnescapeDataString(url.AbsolutePath).TrimStart('/');
        if (!isHere || !IsBucketInPath)
            return isHere ? path : null;
        return path.StartsWith(Bucket + "/", StringComparison.Ordinal) ? path[(Bucket.Length + 1)..] : null;
    }

    /// <summary>True if the bucket is the first part of the path, false where it is part of the host's name.</summary>
    public bool IsBucketInPath => !Root.IdnHost.StartsWith(Bucket + ".", StringComparison.OrdinalIgnoreCase);
}

using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.S3;

/// <summary>Signs the requests to private S3 buckets.</summary>
/// <remarks>
/// Thread-safe. It opens no connection: the AWS SDK only signs; the transport sends the requests.
/// </remarks>
public static class S3Requests
{
    // Longer than the wait for any response; a download in progress does not need a valid signature.
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(15);

    /// <summary>Creates options that sign the requests to private buckets.</summary>
    /// <param name="locations">Locations of ledgers. Those of the form <c>s3://…</c> with <c>sign=true</c> are signed; others are
    /// ignored.</param>
    /// <param name="options">The other options; null for the defaults.</param>
    /// <param name="credentials">The credentials; null for the AWS SDK's own chain: environment, profile, web identity, container,
    /// instance.</param>
    /// <returns>The options, which sign each request to those buckets; the given options if there are none.</returns>
    /// <exception cref="LedgerException">A location is not a bucket, or has neither region nor endpoint (kind usage, code
    /// LEDGER_LOCATION).</exception>
    public static HttpTransportOptions? WithSignatures(
        IReadOnlyList<string> locations, HttpTransportOptions? options = null, AWSCredentials? credentials = null)
    {
        ArgumentNullException.ThrowIfNull(locations);
        var signers = new List<(S3Place Place, AmazonS3Client Client)>();
        foreach (string location in locations)
        {
            if (BucketLocation.Parse(location) is not { IsSigned: true } bucket)
                continue;
            var place = new S3Place(bucket.Url, bucket.Bucket, bucket.Region, bucket.Endpoint);
            signers.Add((place, MakeClient(place, credentials)));
        }

        return signers.Count == 0
            ? options
            : (options ?? new HttpTransportOptions()) with { Sign = (request, _) => SignAsync(signers, request) };
    }

    private static AmazonS3Client MakeClient(S3Place place, AWSCredentials? credentials)
    {
        var config = new AmazonS3Config { ForcePathStyle = place.IsBucketInPath };
        if (place.Endpoint is not null)
        {
            config.ServiceURL = place.Endpoint;
            config.UseHttp = place.Root.Scheme == Uri.UriSchemeHttp;
            config.AuthenticationRegion = place.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(place.Region);
        }

        return credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
    }

    private static async ValueTask SignAsync(List<(S3Place Place, AmazonS3Client Client)> signers, HttpRequestMessage request)
    {
        foreach ((S3Place place, AmazonS3Client client) in signers)
        {
            if (place.KeyOf(request.RequestUri!) is not { Length: > 0 } key)
                continue;
            var wanted = new GetPreSignedUrlRequest
            {
                BucketName = place.Bucket,
                Key = key,
                Verb = request.Method == HttpMethod.Head ? HttpVerb.HEAD : HttpVerb.GET,
                Protocol = place.Root.Scheme == Uri.UriSchemeHttp ? Protocol.HTTP : Protocol.HTTPS,
                Expires = DateTime.UtcNow + Validity,
            };
            try
            {
                request.RequestUri = new Uri(await client.GetPreSignedURLAsync(wanted).ConfigureAwait(false));
            }
            catch (AmazonClientException error)
            {
                throw new S3Exception(
                    $"Requests to the bucket {place.Bucket} cannot be signed: {error.Message} Set AWS_ACCESS_KEY_ID and "
                        + "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where the instance or container has a role; for a public bucket "
                        + "leave out sign=true.",
                    error);
            }

            return;
        }
    }
}

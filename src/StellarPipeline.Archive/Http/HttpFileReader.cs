using System.Net;
using System.Net.Http.Headers;

namespace StellarPipeline.Archive;

/// <summary>Opens a file on a server at any place, once, and checks that the answer is what was asked for.</summary>
internal sealed class HttpFileReader(HttpRequester requester, HttpTransportOptions options, TimeProvider timeProvider)
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path in the archive.</param>
    /// <param name="offset">The first byte that is wanted.</param>
    /// <param name="known">What earlier answers said about the file; null when this is the first.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <returns>The rest of the file from <paramref name="offset"/> on, or some of it; null when there is no such file.</returns>
    /// <exception cref="HttpFailureException">It cannot be opened, or is not the file of the earlier answers.</exception>
    public async Task<HttpBody?> OpenAsync(string path, long offset, HttpFileIdentity? known, CancellationToken cancellationToken)
    {
        RangeHeaderValue? range = offset > 0 ? new RangeHeaderValue(offset, null) : null;
        HttpResponseMessage response = await requester.SendAsync(HttpMethod.Get, path, range, known?.EntityTag, cancellationToken).ConfigureAwait(false);
        try
        {
            return await TakeAsync(response, offset, known, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Finds the size of a file.</summary>
    /// <exception cref="HttpFailureException">The server cannot be asked.</exception>
    public async Task<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage head = await requester.SendAsync(HttpMethod.Head, path, null, null, cancellationToken).ConfigureAwait(false);
        if (head.IsSuccessStatusCode && head.Content.Headers.ContentLength is { } length)
            return new ArchiveFileSize(IsFound: true, length);
        if (IsMissing(head.StatusCode))
            return default;

        // Some servers and signed URLs know GET only: the first byte tells the size as well.
        var firstByte = new RangeHeaderValue(0, 0);
        using HttpResponseMessage first = await requester.SendAsync(HttpMethod.Get, path, firstByte, null, cancellationToken).ConfigureAwait(false);
        return first.StatusCode switch
        {
            HttpStatusCode.PartialContent => new ArchiveFileSize(IsFound: true, first.Content.Headers.ContentRange?.Length),
            HttpStatusCode.OK => new ArchiveFileSize(IsFound: true, first.Content.Headers.ContentLength),
            HttpStatusCode.RequestedRangeNotSatisfiable => new ArchiveFileSize(IsFound: true, first.Content.Headers.ContentRange?.Length ?? 0),
            _ when IsMissing(first.StatusCode) => default,
            _ => throw OfStatus(first),
        };
    }

    private async Task<HttpBody?> TakeAsync(HttpResponseMessage response, long offset, HttpFileIdentity? known, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                return await WholeAsync(response, offset, known, cancellationToken).ConfigureAwait(false);
            case HttpStatusCode.PartialContent when offset > 0:
                return await PartAsync(response, offset, known, cancellationToken).ConfigureAwait(false);
            case HttpStatusCode.RequestedRangeNotSatisfiable when offset > 0:
                return await NothingLeftAsync(response, offset, known, cancellationToken).ConfigureAwait(false);
            default:
                if (!IsMissing(response.StatusCode))
                    throw OfStatus(response);
                if (known is not null)
                    throw HttpFailure.Gone();
                response.Dispose();
                return null;
        }
    }

    private async Task<HttpBody> WholeAsync(HttpResponseMessage response, long offset, HttpFileIdentity? known, CancellationToken cancellationToken)
    {
        long? total = response.Content.Headers.ContentLength;
        HttpBody body = await BodyAsync(response, 0, total, Join(known, HttpFileIdentity.Of(response, total)), cancellationToken).ConfigureAwait(false);

        // A server that does not know ranges sends everything again.
        await body.DiscardToAsync(offset, cancellationToken).ConfigureAwait(false);
        return body;
    }

    private async Task<HttpBody> PartAsync(HttpResponseMessage response, long offset, HttpFileIdentity? known, CancellationToken cancellationToken)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (range is not { HasRange: true, Unit: "bytes" } || range.From != offset)
            throw HttpFailure.WrongRange(FormattableString.Invariant($"bytes from {offset:N0} on"), range is null ? "an unknown part" : $"\"{range}\"");
        HttpFileIdentity identity = Join(known, HttpFileIdentity.Of(response, range.Length));
        return await BodyAsync(response, offset, range.To + 1, identity, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpBody> NothingLeftAsync(HttpResponseMessage response, long offset, HttpFileIdentity? known, CancellationToken cancellationToken)
    {
        long? total = response.Content.Headers.ContentRange?.Length ?? known?.TotalBytes;
        if (total is null || total > offset)
        {
            string size = total is null ? "of unknown size" : FormattableString.Invariant($"of {total:N0} bytes");
            throw HttpFailure.WrongRange(FormattableString.Invariant($"bytes from {offset:N0} on"), $"416, as if the file {size} had none there");
        }

        HttpFileIdentity identity = Join(known, new HttpFileIdentity(total, null));

        // The body of a 416 is an error page, not the file.
        response.Content = new ByteArrayContent([]);
        return await BodyAsync(response, offset, offset, identity, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpBody> BodyAsync(
        HttpResponseMessage response, long position, long? end, HttpFileIdentity identity, CancellationToken cancellationToken)
    {
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new HttpBody(response, stream, position, end, identity, options.StallTimeout, timeProvider);
    }

    private static HttpFileIdentity Join(HttpFileIdentity? known, HttpFileIdentity found) => known is null ? found : known.Join(found);

    private static bool IsMissing(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    private HttpFailureException OfStatus(HttpResponseMessage response)
    {
        RetryConditionHeaderValue? wish = response.Headers.RetryAfter;
        TimeSpan? wait = wish?.Delta ?? wish?.Date - timeProvider.GetUtcNow();
        return HttpFailure.OfStatus((int)response.StatusCode, response.ReasonPhrase, wait > TimeSpan.Zero ? wait : null);
    }
}

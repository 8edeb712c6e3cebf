using System.Net;
using System.Net.Http.Headers;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Opens a file on a server at any position, once, and checks that the response matches the request.</summary>
internal sealed class HttpFileReader(HttpRequester requester, HttpTransportOptions options, TimeProvider timeProvider)
{
    private const string MultipartRanges = "multipart/byteranges";

    // Whether this server has sent any file to this user.
    private volatile bool hasGiven;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path in the archive.</param>
    /// <param name="offset">Position of the first byte.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The file from <paramref name="offset"/> on, or some of it; null if the file does not exist.</returns>
    /// <exception cref="HttpFailureException">It cannot be opened.</exception>
    public Task<HttpBody?> OpenAsync(string path, long offset, CancellationToken cancellationToken) =>
        OpenAsync(path, offset, knownBytes: null, cancellationToken);

    /// <summary>Opens a file that has been read in part, and checks that the rest matches that part.</summary>
    /// <param name="path">Its path in the archive.</param>
    /// <param name="offset">Position of the first byte.</param>
    /// <param name="before">The last bytes read before it; may be empty.</param>
    /// <param name="knownBytes">Size of the whole file in bytes; null if unknown.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The file from <paramref name="offset"/> on, or some of it; null if the file does not exist.</returns>
    /// <exception cref="HttpFailureException">It cannot be opened, has another size, or has other bytes before that position.</exception>
    public async Task<HttpBody?> GoOnAsync(
        string path, long offset, ReadOnlyMemory<byte> before, long? knownBytes, CancellationToken cancellationToken)
    {
        HttpBody? body = await OpenAsync(path, offset - before.Length, knownBytes, cancellationToken).ConfigureAwait(false);
        if (body is null || before.IsEmpty)
            return body;
        try
        {
            byte[] again = new byte[before.Length];
            int count = 0;
            while (count < again.Length
                && await body.ReadAsync(again.AsMemory(count), cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                count += read;
            }

            if (!again.AsSpan(0, count).SequenceEqual(before.Span[..count]))
                throw HttpFailure.Changed(FormattableString.Invariant($"its bytes before byte {offset:N0} are now different"));
            if (count < again.Length)
                throw HttpFailure.CutOff(again.Length - count);
            return body;
        }
        catch
        {
            await body.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Finds the size of a file.</summary>
    /// <exception cref="HttpFailureException">The server does not respond, or reports an error.</exception>
    public async Task<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage head = await requester.SendAsync(HttpMethod.Head, path, null, cancellationToken).ConfigureAwait(false);
        if (head.IsSuccessStatusCode && head.Content.Headers.ContentLength is { } length)
        {
            hasGiven = true;
            return new ArchiveFileSize(IsFound: true, length);
        }

        if (IsMissing(head))
            return default;

        // Some servers and signed URLs support only GET: a request for the first byte also returns the size.
        var firstByte = new RangeHeaderValue(0, 0);
        using HttpResponseMessage first =
            await requester.SendAsync(HttpMethod.Get, path, firstByte, cancellationToken).ConfigureAwait(false);
        return first.StatusCode switch
        {
            HttpStatusCode.PartialContent => new ArchiveFileSize(IsFound: true, first.Content.Headers.ContentRange?.Length),
            HttpStatusCode.OK => new ArchiveFileSize(IsFound: true, first.Content.Headers.ContentLength),
            HttpStatusCode.RequestedRangeNotSatisfiable =>
                new ArchiveFileSize(IsFound: true, first.Content.Headers.ContentRange?.Length ?? 0),
            _ when IsMissing(first) => default,
            _ => throw OfStatus(first),
        };
    }

    private async Task<HttpBody?> OpenAsync(string path, long offset, long? knownBytes, CancellationToken cancellationToken)
    {
        RangeHeaderValue? range = offset > 0 ? new RangeHeaderValue(offset, null) : null;
        HttpResponseMessage response = await requester.SendAsync(HttpMethod.Get, path, range, cancellationToken).ConfigureAwait(false);
        try
        {
            return await TakeAsync(response, offset, knownBytes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpBody?> TakeAsync(
        HttpResponseMessage response, long offset, long? knownBytes, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
            case HttpStatusCode.NonAuthoritativeInformation:
                return await WholeAsync(response, offset, knownBytes, cancellationToken).ConfigureAwait(false);
            case HttpStatusCode.PartialContent when offset > 0:
                return await PartAsync(response, offset, knownBytes, cancellationToken).ConfigureAwait(false);
            case HttpStatusCode.RequestedRangeNotSatisfiable when offset > 0:
                return await NothingLeftAsync(response, offset, knownBytes, cancellationToken).ConfigureAwait(false);
            default:
                if (!(offset == 0 ? IsMissing(response) : Meaning(response) == HttpStatusMeaning.Missing))
                    throw OfStatus(response);
                response.Dispose();
                return null;
        }
    }

    private async Task<HttpBody> WholeAsync(
        HttpResponseMessage response, long offset, long? knownBytes, CancellationToken cancellationToken)
    {
        long? end = response.Content.Headers.ContentLength;
        HttpBody body = await BodyAsync(response, 0, end, Join(knownBytes, end), cancellationToken).ConfigureAwait(false);

        // A server without range support sends the whole file again.
        await body.DiscardToAsync(offset, cancellationToken).ConfigureAwait(false);
        return body;
    }

    private async Task<HttpBody> PartAsync(HttpResponseMessage response, long offset, long? knownBytes, CancellationToken cancellationToken)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        string asked = FormattableString.Invariant($"bytes from {offset:N0} on");
        if (range is null)
        {
            // A part without a range header is taken as the requested one: the bytes before it are compared, and the hash is verified
            // later.
            if (response.Content.Headers.ContentType?.MediaType == MultipartRanges)
                throw HttpFailure.WrongRange(asked, "several parts");
            long? end = offset + response.Content.Headers.ContentLength;
            return await BodyAsync(response, offset, end, knownBytes, cancellationToken).ConfigureAwait(false);
        }

        if (range is not { HasRange: true, Unit: "bytes" } || range.From != offset)
            throw HttpFailure.WrongRange(asked, $"\"{range}\"");
        return await BodyAsync(response, offset, range.To + 1, Join(knownBytes, range.Length), cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpBody> NothingLeftAsync(
        HttpResponseMessage response, long offset, long? knownBytes, CancellationToken cancellationToken)
    {
        long? total = Join(knownBytes, response.Content.Headers.ContentRange?.Length);
        if (total is null || total > offset)
        {
            string size = total is null ? "of unknown size" : FormattableString.Invariant($"of {total:N0} bytes");
            throw HttpFailure.WrongRange(
                FormattableString.Invariant($"bytes from {offset:N0} on"), $"416, as if the file {size} had none there");
        }

        // The body of a 416 is an error page, not the file.
        response.Content = new ByteArrayContent([]);
        return await BodyAsync(response, offset, offset, total, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpBody> BodyAsync(
        HttpResponseMessage response, long position, long? end, long? totalBytes, CancellationToken cancellationToken)
    {
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        hasGiven = true;
        return new HttpBody(response, stream, position, end, totalBytes, options.StallTimeout, timeProvider);
    }

    // Only the size distinguishes two versions of a file here: entity tags differ between servers that store the same bytes.
    private static long? Join(long? knownBytes, long? foundBytes) => knownBytes is { } before && foundBytes is { } after && before != after
        ? throw HttpFailure.Changed(FormattableString.Invariant($"it had {before:N0} bytes and now has {after:N0}"))
        : knownBytes ?? foundBytes;

    // S3 and similar stores answer 403 for a missing file to users who may not list the store. A user who has received a file from a server
    // is not denied access to it.
    private bool IsMissing(HttpResponseMessage response) => Meaning(response) switch
    {
        HttpStatusMeaning.Missing => true,
        HttpStatusMeaning.Denied => response.StatusCode == HttpStatusCode.Forbidden && hasGiven,
        _ => false,
    };

    private static HttpStatusMeaning Meaning(HttpResponseMessage response) =>
        HttpStatusTable.Of((int)response.StatusCode, response.Headers.RetryAfter is not null);

    private HttpFailureException OfStatus(HttpResponseMessage response)
    {
        RetryConditionHeaderValue? wish = response.Headers.RetryAfter;
        TimeSpan? wait = wish?.Delta ?? wish?.Date - timeProvider.GetUtcNow();
        return HttpFailure.OfStatus((int)response.StatusCode, response.ReasonPhrase, wait > TimeSpan.Zero ? wait : null);
    }
}

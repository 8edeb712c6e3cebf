using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>One request and the ways to answer it.</summary>
internal sealed class ServerExchange(HttpContext context, ServedRequest request, byte[]? file)
{
    public HttpContext Context => context;

    public ServedRequest Request => request;

    public byte[] File => file ?? throw new InvalidOperationException($"The server has no {request.Path}.");

    public bool HasFile => file is not null;

    public Task StatusAsync(int status, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null)
            context.Response.Headers.RetryAfter = retryAfter;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Answers as a good server does: the range that was asked for.</summary>
    public Task ServeAsync() => ServeAsync(File);

    public async Task ServeAsync(byte[] content, long? until = null)
    {
        long start = StartAnswer(content);
        if (start < 0)
            return;
        await WriteAsync(content, start, Math.Max(start, until ?? content.Length));
    }

    /// <summary>Sends the status and the headers.</summary>
    /// <returns>The first byte to send; -1 when there is nothing to send.</returns>
    public long StartAnswer(byte[] content)
    {
        context.Response.Headers.AcceptRanges = "bytes";
        long start = request.From ?? 0;
        if (start >= content.Length && start > 0)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            context.Response.Headers.ContentRange = $"bytes */{content.Length}";
            return -1;
        }

        if (request.From is not null)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange =
                string.Create(CultureInfo.InvariantCulture, $"bytes {start}-{content.Length - 1}/{content.Length}");
        }

        context.Response.ContentLength = content.Length - start;
        return HttpMethods.IsHead(request.Method) ? -1 : start;
    }

    public async Task WriteAsync(byte[] content, long start, long end, int pieceBytes = 64 * 1024)
    {
        for (long position = start; position < end; position += pieceBytes)
        {
            int count = (int)Math.Min(pieceBytes, end - position);

            // Counted first: whoever has read the last byte must find it counted.
            request.Sent(count);
            await context.Response.Body.WriteAsync(content.AsMemory((int)position, count), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}

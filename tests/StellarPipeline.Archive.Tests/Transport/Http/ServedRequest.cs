using Microsoft.AspNetCore.Http;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>One request as the server saw it.</summary>
internal sealed class ServedRequest(HttpContext context, string path, long? from)
{
    private long bytesSent;

    public string Method { get; } = context.Request.Method;

    public string Path { get; } = path;

    public string Query { get; } = context.Request.QueryString.Value ?? "";

    public string Protocol { get; } = context.Request.Protocol;

    /// <summary>First byte that was asked for by a range; null for the whole file.</summary>
    public long? From { get; } = from;

    public IReadOnlyDictionary<string, string> Headers { get; } = context.Request.Headers.ToDictionary(
        header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    public string? IfRange => Headers.GetValueOrDefault("If-Range");

    /// <summary>Bytes of the body that were written, or are about to be.</summary>
    public long BytesSent => Volatile.Read(ref bytesSent);

    public void Sent(long bytes) => Interlocked.Add(ref bytesSent, bytes);
}

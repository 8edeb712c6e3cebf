using System.Net;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>Ways in which a server answers badly.</summary>
internal static class Faults
{
    public static Func<ServerExchange, Task> Status(int status, string? retryAfter = null) =>
        exchange => exchange.StatusAsync(status, retryAfter);

    /// <summary>Announces the whole, and ends the connection once the file was sent up to a byte.</summary>
    public static Func<ServerExchange, Task> CutAt(long end) => async exchange =>
    {
        await exchange.ServeAsync(exchange.File, end);
        await exchange.Context.Response.Body.FlushAsync();
    };

    /// <summary>Sends the file up to a byte, and then nothing more.</summary>
    public static Func<ServerExchange, Task> StallAt(long end) => async exchange =>
    {
        await exchange.ServeAsync(exchange.File, end);
        await exchange.Context.Response.Body.FlushAsync();
        await NothingAsync(exchange);
    };

    /// <summary>Takes the request and never answers.</summary>
    public static Task NothingAsync(ServerExchange exchange)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        exchange.Context.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    }

    /// <summary>Sends the file in pieces of a few bytes.</summary>
    public static Task DripAsync(ServerExchange exchange) => DripAsync(exchange, pieceBytes: 7);

    /// <summary>Sends the file in small pieces.</summary>
    public static Task DripAsync(ServerExchange exchange, int pieceBytes)
    {
        long start = exchange.StartAnswer(exchange.File);
        return start < 0 ? Task.CompletedTask : exchange.WriteAsync(exchange.File, start, exchange.File.Length, pieceBytes);
    }

    /// <summary>Sends the whole file whatever was asked for.</summary>
    public static Task WholeAsync(ServerExchange exchange) => WholeAsync(exchange, exchange.File);

    public static async Task WholeAsync(ServerExchange exchange, byte[] content, long? until = null)
    {
        exchange.Context.Response.ContentLength = content.Length;
        await exchange.WriteAsync(content, 0, until ?? content.Length);
    }

    /// <summary>Sends something else, of whatever length it has.</summary>
    public static Func<ServerExchange, Task> Content(byte[] content) => exchange => exchange.ServeAsync(content);

    public static Func<ServerExchange, Task> Redirect(string? target, HttpStatusCode status = HttpStatusCode.Found) => exchange =>
    {
        if (target is not null)
            exchange.Context.Response.Headers.Location = target;
        return exchange.StatusAsync((int)status);
    };

    /// <summary>Adds a header to another answer.</summary>
    public static Func<ServerExchange, Task> With(string header, string value, Func<ServerExchange, Task> answer) => exchange =>
    {
        exchange.Context.Response.Headers[header] = value;
        return answer(exchange);
    };
}

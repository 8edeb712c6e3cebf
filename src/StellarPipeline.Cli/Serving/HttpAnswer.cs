using System.Text;
using Microsoft.AspNetCore.Http;

namespace StellarPipeline.Cli.Serving;

/// <summary>Answers of the program's web servers, without the reflection that route handlers with results need.</summary>
internal static class HttpAnswer
{
    /// <summary>The media type of JSON.</summary>
    public const string Json = "application/json";

    /// <summary>Writes an answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="type">The media type.</param>
    /// <param name="text">The content.</param>
    /// <param name="status">The HTTP status.</param>
    public static Task WriteAsync(HttpContext context, string type, string text, int status = StatusCodes.Status200OK) =>
        WriteAsync(context, type, Encoding.UTF8.GetBytes(text), status);

    /// <summary>Writes an answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="type">The media type.</param>
    /// <param name="content">The content, in UTF-8.</param>
    /// <param name="status">The HTTP status.</param>
    public static Task WriteAsync(HttpContext context, string type, byte[] content, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}

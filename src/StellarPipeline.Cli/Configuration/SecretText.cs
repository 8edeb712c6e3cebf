using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Cli.Configuration;

/// <summary>Masks the secrets in the value of an option.</summary>
internal static class SecretText
{
    private const string Mask = "********";

    /// <summary>The value with masked secrets.</summary>
    /// <param name="option">The name of the option.</param>
    /// <param name="value">The value.</param>
    public static string Of(string option, string value)
    {
        if (option == "--database") return OfDatabase(value);
        int scheme = value.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return value;

        // Masks user and password of a server, and the signature of a signed URL.
        int end = value.IndexOfAny(['/', '?', '#'], scheme + 3);
        string authority = end < 0 ? value[(scheme + 3)..] : value[(scheme + 3)..end];
        string rest = end < 0 ? "" : value[end..];
        int at = authority.LastIndexOf('@');
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        return $"{value[..(scheme + 3)]}"
            + $"{(at < 0 ? authority : $"{Mask}@{authority[(at + 1)..]}")}{(question < 0 ? rest : $"{rest[..question]}?{Mask}")}";
    }

    private static string OfDatabase(string value)
    {
        try
        {
            return ConnectionSettings.Parse(value).Describe();
        }
        catch (PipelineException)
        {
            return $"{Mask} (not understood)";
        }
    }
}

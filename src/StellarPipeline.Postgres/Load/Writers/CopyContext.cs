using System.Globalization;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Reads the server's own row number out of an error's context.</summary>
/// <remarks>
/// Format: CopyFromErrorCallback in src/backend/commands/copyfrom.c, "COPY t, line 17, column a". A server with other lc_messages
/// translates the words, so only the table's name and the first number after it are used. Foreign keys are checked after the rows are
/// stored and name no line.
/// </remarks>
internal static class CopyContext
{
    /// <summary>The row number within the COPY, from 1.</summary>
    /// <param name="context">The error's context, one or more lines.</param>
    /// <param name="tableName">Name of the table without its schema.</param>
    /// <returns>The number, or null if the context contains none.</returns>
    public static long? Line(string context, string tableName)
    {
        foreach (string line in context.Split('\n'))
        {
            int name = line.IndexOf("COPY", StringComparison.Ordinal) < 0 ? -1 : line.IndexOf(tableName, StringComparison.Ordinal);
            if (name < 0)
                continue;
            ReadOnlySpan<char> rest = line.AsSpan(name + tableName.Length);
            int start = rest.IndexOfAnyInRange('0', '9');
            if (start < 0)
                continue;
            rest = rest[start..];
            int end = rest.IndexOfAnyExceptInRange('0', '9');
            if (long.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                return number;
        }

        return null;
    }
}

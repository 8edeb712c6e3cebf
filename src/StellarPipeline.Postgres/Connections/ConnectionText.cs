namespace StellarPipeline.Postgres.Connections;

/// <summary>Finds keywords without a value in a <c>Keyword=Value;…</c> text, which its parser drops silently.</summary>
internal static class ConnectionText
{
    /// <summary>
    /// Finds a keyword without a value, which usually comes from an unset variable. A password may be empty: that does not change where
    /// the load goes.
    /// </summary>
    /// <param name="text">The text, which its parser has accepted. Quoted values may contain any character.</param>
    /// <returns>The keyword; null if every keyword has a value.</returns>
    public static string? EmptyKeyword(string text)
    {
        int start = 0;
        while (start < text.Length)
        {
            int equals = text.IndexOf('=', start);
            if (equals < 0) return null;
            string keyword = text[start..equals].Trim().TrimStart(';').Trim();
            int end = EndOfValue(text, equals + 1);
            string value = text[(equals + 1)..end].Trim();
            bool isPassword = keyword.Equals("Password", StringComparison.OrdinalIgnoreCase)
                || keyword.Equals("PWD", StringComparison.OrdinalIgnoreCase) || keyword.Equals("PSW", StringComparison.OrdinalIgnoreCase);
            if (!isPassword && value is ("" or "\"\"" or "''")) return keyword;
            start = end + 1;
        }

        return null;
    }

    // A value that begins with a quote ends at the next quote that is not doubled.
    private static int EndOfValue(string text, int position)
    {
        while (position < text.Length && text[position] == ' ') position++;
        if (position < text.Length && (text[position] is '"' or '\''))
        {
            char quote = text[position++];
            while (position < text.Length && (text[position] != quote || (position + 1 < text.Length && text[position + 1] == quote)))
                position += text[position] == quote ? 2 : 1;
        }

        int end = text.IndexOf(';', Math.Min(position, text.Length));
        return end < 0 ? text.Length : end;
    }
}

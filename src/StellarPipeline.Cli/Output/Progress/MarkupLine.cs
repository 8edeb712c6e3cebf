using System.Text;
using Spectre.Console;

namespace StellarPipeline.Cli.Output.Progress;

/// <summary>A line of text in coloured parts, with its width in columns.</summary>
internal sealed class MarkupLine
{
    private readonly List<(string Text, Style Style)> parts = [];

    /// <summary>Its width in columns.</summary>
    public int Width => parts.Sum(part => part.Text.Length);

    /// <summary>The text without colours.</summary>
    public string Text => string.Concat(parts.Select(part => part.Text));

    /// <summary>Adds a part.</summary>
    /// <param name="text">Its text; hidden characters are shown as a question mark.</param>
    /// <param name="color">Its colour; null for the terminal's own.</param>
    /// <param name="bold">Whether it is bold.</param>
    public MarkupLine Add(string text, Color? color, bool bold)
    {
        parts.Add((TerminalText.Plain(text), new Style(color, null, bold ? Decoration.Bold : Decoration.None)));
        return this;
    }

    /// <summary>Cuts the line so that a terminal with this number of columns does not wrap it.</summary>
    public MarkupLine Cut(int columns)
    {
        int left = columns - 1;
        for (int index = 0; index < parts.Count; index++)
        {
            (string text, Style style) = parts[index];
            if (text.Length > left) parts[index] = (text[..Math.Max(0, left)], style);
            left -= parts[index].Text.Length;
        }

        return this;
    }

    /// <summary>The line with the colours that the console can show.</summary>
    public string Render(IAnsiConsole console)
    {
        if (console.Profile.Capabilities.ColorSystem == ColorSystem.NoColors) return Text;
        var text = new StringBuilder();
        foreach ((string part, Style style) in parts) text.Append(console.ToAnsi(new Text(part, style)).TrimEnd('\n'));
        return text.ToString();
    }
}

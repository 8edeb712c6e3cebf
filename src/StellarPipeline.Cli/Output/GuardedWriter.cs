using System.Text;

namespace StellarPipeline.Cli.Output;

/// <summary>Standard output or error that may be full or closed: text that cannot be written is dropped, and the error is kept.</summary>
/// <remarks>
/// An output error does not change the result of the work: a committed load must not end as a failure because of it.
/// </remarks>
internal sealed class GuardedWriter(TextWriter inner) : TextWriter
{
    private volatile Exception? failure;

    /// <summary>The first error; null if everything was written.</summary>
    public Exception? Failure => failure;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Replaces both streams by guarded writers.</summary>
    /// <returns>The writer of standard output.</returns>
    public static GuardedWriter Install()
    {
        var output = new GuardedWriter(Console.Out);
        Console.SetOut(output);
        Console.SetError(new GuardedWriter(LiveRegion.Install(Console.Error)));
        return output;
    }

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (failure is not null) return;
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            failure = error;
        }
    }
}

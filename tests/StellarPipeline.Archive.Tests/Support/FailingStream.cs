namespace StellarPipeline.Archive.Tests.Support;

/// <summary>A stream over memory that gives at most so many bytes at once, and fails at a place.</summary>
internal sealed class FailingStream(byte[] bytes, int failAt, int bytesAtOnce = int.MaxValue) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= failAt)
            throw new IOException("the device failed");
        return ValueTask.FromResult(Read(buffer.Span[..Math.Min(buffer.Length, bytesAtOnce)]));
    }
}

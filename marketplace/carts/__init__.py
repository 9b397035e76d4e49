"""The open basket of a buyer over many vendors. It refuses to mix currencies and quantities off the increment."""
